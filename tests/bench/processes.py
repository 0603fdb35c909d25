"""Programs under test: started on a core of their own, stopped by their number, and the CPU time they took."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TypeVar

SERVER_CORE = 0
GENERATOR_CORE = 1

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
STOP_S = 30

Found = TypeVar("Found")


class Process:
    """A program in the foreground, with its output in a file."""

    def __init__(
        self, command: list[str], log: Path, env: Mapping[str, str] | None = None, core: int = SERVER_CORE
    ):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                ["taskset", "-c", str(core), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
            )
        self.pid = self._child.pid

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def is_running(self) -> bool:
        return self._child.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.is_running():
            self._child.send_signal(number)

    def stop(self) -> None:
        """Asks it to end; one that does not is killed."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self._child.wait()

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def await_line(self, start: str, seconds: float = 60) -> str:
        """The rest of the first line of its output that begins so."""

        def find() -> str | None:
            lines = self.output().splitlines()
            return next((line.removeprefix(start) for line in lines if line.startswith(start)), None)

        return self.await_(find, f'a line "{start}..."', seconds)

    def await_port(self, port: int, seconds: float = 60) -> None:
        self.await_(lambda: answers(port) or None, f"an answer on port {port}", seconds)

    def await_(self, find: Callable[[], Found | None], what: str, seconds: float) -> Found:
        deadline = time.monotonic() + seconds
        while True:
            running = self.is_running()
            found = find()
            if found is not None:
                return found
            if not running or time.monotonic() > deadline:
                raise RuntimeError(
                    f"{what} was waited for in vain; {self.log} ends:\n{self.output()[-2000:]}"
                )
            time.sleep(0.01)

    def pids(self) -> list[int]:
        """Its own number and those of all programs that it started."""
        return [self.pid, *children(self.pid)]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on: the name before them may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def children(parent: int) -> list[int]:
    """All programs below one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
            except (OSError, IndexError):
                continue  # it ended meanwhile
    found: list[int] = []
    level = [parent]
    while level:
        level = [pid for pid, above in parents.items() if above in level]
        found += level
    return found


def cpu_seconds(pids: list[int]) -> float:
    """User and system time since the programs began, those of ended threads included."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def urgency(pid: int) -> int:
    """How the kernel weighs the session of a program against others, as nice values do; 0 where it does not."""
    try:
        return int(Path(f"/proc/{pid}/autogroup").read_text().split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


def set_urgency(pid: int, nice: int) -> None:
    if urgency(pid) != nice:
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def busy_seconds() -> float:
    """What both cores did since the machine began, for whomever; time taken by other guests of its host included."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = map(int, fields)
    return (user + nice + system + interrupts + soft + stolen) / TICKS_PER_SECOND


def resident_bytes(pids: list[int]) -> int:
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES for pid in pids)
