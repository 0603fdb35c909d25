"""The path of a finished page inside the process, without a load generator, and how often it allocates."""

from __future__ import annotations

import os
import subprocess

from figures import Section
from options import REPOSITORY, TARGET
from stage import Stage, say

EXPLANATION = """\
`cargo bench --bench hit`: the complete server on one thread, requests 64 to a write from another, each line the time of 64 answers
and how many hits a second that makes. Below, what one answer allocates anywhere in the process (the client allocates nothing),
for the shop and for bare actix-web with the same bytes and headers. This part is built from the sources, whatever
`--vitrine` names."""


def run(stage: Stage) -> Section:
    section = Section("micro", "Inside the process", EXPLANATION)
    say("micro: cargo bench --bench hit")
    # As `make bench` has built it.
    command = "cargo bench --locked --features mysql,s3 --profile dist --bench hit --".split()
    command += ["--sample-count", "20"] if stage.options.quick else []
    env = {**os.environ, "CARGO_TARGET_DIR": str(TARGET), "NO_COLOR": "1"}
    run_of = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True)
    if run_of.returncode != 0:
        raise RuntimeError(f"cargo bench failed: {run_of.stderr[-3000:]}")
    section.notes.append("```text\n" + run_of.stdout.strip() + "\n```")
    return section
