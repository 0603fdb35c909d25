"""Load: wrk on a core of its own, with what it saw as numbers."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from options import CONNECTIONS
from processes import GENERATOR_CORE

SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """What one round of wrk saw. Times are in milliseconds and wrk's own."""

    requests: int
    seconds: float
    bytes: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    connect: int
    read: int
    write: int
    status: int
    timeout: int
    generator_busy: float
    """Share of its core that wrk used: near 1 it, not the server, set the pace."""

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def failed(self) -> int:
        return self.connect + self.read + self.write + self.status + self.timeout


class Wrk:
    """A running wrk. Several share the generator's core."""

    def __init__(
        self,
        url: str,
        seconds: int,
        headers: Mapping[str, str],
        paths: list[str] | None = None,
        connections: int = CONNECTIONS,
    ):
        self._open = ExitStack()
        command = [
            "taskset",
            "-c",
            str(GENERATOR_CORE),
            "wrk",
            "--latency",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "10s",
            "-s",
            str(SCRIPT),
        ]
        command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        command.append(url)
        if paths:
            listed = self._open.enter_context(tempfile.NamedTemporaryFile("w", suffix=".paths"))
            listed.write("".join(f"{path}\n" for path in paths))
            listed.flush()
            command += ["--", listed.name]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def result(self) -> Load:
        """Waits for its end."""
        with self._open:
            assert self._child.stdout
            text = self._child.stdout.read()
            _, status, usage = os.wait4(self._child.pid, 0)
            self._child.returncode = os.waitstatus_to_exitcode(status)
        line = next((line for line in text.splitlines() if line.startswith("RESULT ")), None)
        if self._child.returncode != 0 or line is None:
            raise RuntimeError(f"wrk failed: {text}")
        seen = json.loads(line.removeprefix("RESULT "))
        return Load(**seen, generator_busy=(usage.ru_utime + usage.ru_stime) / seen["seconds"])


def run(url: str, seconds: int, headers: Mapping[str, str], paths: list[str] | None = None) -> Load:
    return Wrk(url, seconds, headers, paths).result()
