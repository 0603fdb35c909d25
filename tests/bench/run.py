#!/usr/bin/env python3
"""Measures the shop beside others on this machine and writes docs/benchmarks.md. See README.md."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from catalogs import Catalogs
from figures import Section
from options import Options, parse
from processes import GENERATOR_CORE, SERVER_CORE, set_urgency, urgency
from report import Report
from scenarios import cached, faults, flat, layers, micro, noise, start, uncached, visible, writing
from stage import Stage, say

SCENARIOS: dict[str, Callable[[Stage], Section]] = {
    "noise": noise.run,
    "cached": cached.run,
    "uncached": uncached.run,
    "layers": layers.run,
    "flat": flat.run,
    "writing": writing.run,
    "visible": visible.run,
    "faults": faults.run,
    "start": start.run,
    "micro": micro.run,
}

MOST_URGENT = -20


def check_machine(options: Options) -> None:
    """Says at once what is missing, not after an hour."""
    if not {SERVER_CORE, GENERATOR_CORE} <= os.sched_getaffinity(0):
        sys.exit("two cores are needed: one for the servers, one for the load")
    if missing := [tool for tool in ("wrk", "taskset") if not shutil.which(tool)]:
        sys.exit(
            f"missing: {', '.join(missing)}; apt-get install wrk util-linux nginx-light varnish redis-server"
        )
    for program in (options.vitrine, options.bare):
        if not program.exists():
            sys.exit(f"{program} is missing: `make bench` builds it")


@contextmanager
def urgent() -> Iterator[None]:
    """This session, and so everything that is started in it, goes before all others."""
    before = urgency(os.getpid())
    try:
        set_urgency(os.getpid(), MOST_URGENT)
        yield
    finally:
        set_urgency(os.getpid(), before)


def measure(options: Options) -> list[str]:
    """All scenarios that were asked for; the names of those that failed."""
    stage, report = Stage(options, Catalogs(options)), Report(options)
    failed: list[str] = []
    for name, scenario in SCENARIOS.items():
        if not options.only or name in options.only:
            say(name)
            try:
                report.add(scenario(stage))
            except RuntimeError as fault:
                say(f"{name} failed: {fault}")
                report.add(Section(name, name, f"Not measured: {fault}"))
                failed.append(name)
    shutil.rmtree(options.work / "run", ignore_errors=True)
    say(f"written: {options.output / 'benchmarks.md'}")
    return failed


def main() -> None:
    options = parse(list(SCENARIOS))
    check_machine(options)
    # An end from outside ends the servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    with urgent() if options.urgent else nullcontext():
        failed = measure(options)
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
