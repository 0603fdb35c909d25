"""The report: everything that was measured as JSON, and a page for people."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from contest import MOST_OTHERS
from figures import Claim, Section, Table
from options import CONNECTIONS, REPOSITORY, Options
from processes import urgency

HOW_TO_READ = f"""\
Every comparison runs in turn on the same core: A, B, C, B, C, A ... Servers (and their databases) have core 0, wrk core 1 with
{CONNECTIONS} keep-alive connections; each server has one worker. A figure is the median of its rounds, in brackets the lowest and
the highest. Ratios are medians of the ratios within a turn, so what else the machine did meanwhile hits both sides. **A ratio
counts, an absolute time does not**; ratios nearer to 1 than the section "Noise" shows cannot be told apart.

- "CPU us" is the time that all processes of the server side spent per answer; "server core" and "wrk core" say who was busy. Where
  wrk is at 100 % and the server is not, wrk set the pace, and CPU per answer is the fairer measure.
- "others" is what everybody else took of the two cores. Above {MOST_OTHERS:.0%} of one core both sides mostly wait for their turn, and
  whether a target was met is "cannot tell", as for parts that a build has not.
- A turn in which a request failed is left out, and told."""

VERDICTS = {True: "yes", False: "**no**", None: "cannot tell"}


def machine() -> dict[str, str]:
    """What it ran on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text())
    system = (
        platform.freedesktop_os_release().get("PRETTY_NAME", "") if Path("/etc/os-release").exists() else ""
    )
    return {
        "processor": f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{int(memory.group(1)) / 1024 / 1024:.0f} GiB" if memory else "",
        "kernel": f"{platform.system()} {platform.release()}",
        "system": system,
        "scheduling": scheduling(),
        "load average at the start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def scheduling() -> str:
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        return "real time: p99 means nothing"
    nice = urgency(os.getpid())
    return f"before other work (autogroup {nice})" if nice else "normal"


def versions(options: Options) -> dict[str, str]:
    commands = {
        "vitrine": [str(options.vitrine), "--version"],
        "rustc": ["rustc", "--version"],
        "wrk": ["wrk", "-v"],
        "nginx": ["nginx", "-v"],
        "Varnish": ["varnishd", "-V"],
        "Redis": ["redis-server", "--version"],
        "MariaDB": ["mariadbd", "--version"],
    }
    found = {name: first_line(command) for name, command in commands.items()}
    commit = first_line(["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--abbrev=12"])
    return {"commit": commit, **found}


def first_line(command: list[str]) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "not installed"
    lines = (run.stdout + run.stderr).strip().splitlines()
    return re.sub(r"\s*Copyright.*", "", lines[0]) if lines else ""


class Report:
    """Begun before the first measurement, written after each, so that a run that is broken off leaves what it has."""

    def __init__(self, options: Options):
        self._options = options
        self._began = datetime.now(timezone.utc)
        self._machine = machine()
        self._versions = versions(options)
        self._sections: list[Section] = []

    def add(self, section: Section) -> None:
        self._sections.append(section)
        self._options.output.mkdir(parents=True, exist_ok=True)
        (self._options.output / "benchmarks.json").write_text(json.dumps(self._data(), indent=1) + "\n")
        (self._options.output / "benchmarks.md").write_text(self._page())

    def _data(self) -> dict[str, object]:
        options = {
            name: value for name, value in asdict(self._options).items() if not isinstance(value, Path)
        }
        return {
            "began": self._began.isoformat(timespec="seconds"),
            "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "machine": self._machine,
            "versions": self._versions,
            "options": options,
            "sections": [asdict(section) for section in self._sections],
        }

    def _page(self) -> str:
        options = self._options
        facts = {**self._machine, **self._versions}
        minutes = (datetime.now(timezone.utc) - self._began).total_seconds() / 60
        claims = [claim for section in self._sections for claim in section.claims]
        parts = [
            "# Benchmarks",
            f"Written by `make bench` on {self._began:%Y-%m-%d %H:%M} UTC, {options.rounds} rounds of {options.seconds} s each, in "
            f"{minutes:.0f} minutes. Do not edit; the raw numbers are in `benchmarks.json` beside this file.",
            *(
                ["**A quick run: it shows that everything works. Its figures mean little.**"]
                if options.quick
                else []
            ),
            table_text(Table(["machine and versions", ""], [[name, value] for name, value in facts.items()])),
            "## How to read",
            HOW_TO_READ,
            *(["## What it has to show", claims_text(claims)] if claims else []),
            *(section_text(section) for section in self._sections),
        ]
        return "\n\n".join(parts) + "\n"


def claims_text(claims: list[Claim]) -> str:
    rows = [[claim.what, claim.target, claim.measured, VERDICTS[claim.holds]] for claim in claims]
    return table_text(Table(["what", "target", "measured", "holds"], rows))


def section_text(section: Section) -> str:
    parts = [f"## {section.title}", section.explanation]
    for table in section.tables:
        parts += [f"### {table.title}"] if table.title else []
        parts.append(table_text(table))
    return "\n\n".join(parts + section.notes)


def table_text(table: Table) -> str:
    lines = ["| " + " | ".join(table.head) + " |", "|---|" + "--:|" * (len(table.head) - 1)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table.rows]
    return "\n".join(lines)
