"""What the shop leans on: Redis, and a MariaDB primary with replicas. Private, and on the server's core."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from options import REPOSITORY
from processes import SERVER_CORE, Process, free_port, set_urgency, urgency

MARIADB = REPOSITORY / "tests/services/mariadb.sh"


class Redis:
    """A server without persistence. Keeps its port over a restart."""

    def __init__(self, home: Path):
        self._home = home
        self.port = free_port()
        self.start()

    def start(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(self._home),
        ]
        self.process = Process(command, self._home / "redis.log")
        self.process.await_port(self.port)

    def __enter__(self) -> Redis:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def flush(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(b"FLUSHALL\r\n")
            line.recv(64)

    def freeze(self) -> None:
        self.process.signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()


class MariaDb:
    """A primary and two replicas by tests/services/mariadb.sh; the shop reads from the first replica only."""

    def __init__(self) -> None:
        # Not below the work folder: a socket's path may have at most 107 bytes.
        self._home = Path(tempfile.mkdtemp(prefix="vitrine-bench."))
        started = subprocess.run([str(MARIADB), "start", str(self._home)], capture_output=True, text=True)
        if started.returncode != 0:
            shutil.rmtree(self._home, ignore_errors=True)
            raise RuntimeError(f"MariaDB did not start: {started.stderr}")

    def __enter__(self) -> MariaDb:
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([str(MARIADB), "stop", str(self._home)], check=True)

    def pid(self, node: int) -> int:
        return int((self._home / f"n{node}/pid").read_text())

    def pids(self) -> list[int]:
        return [self.pid(node) for node in range(3)]

    def pin(self) -> None:
        """From now on all servers have the servers' core only, and our urgency; catalogs come in faster before."""
        for pid in self.pids():
            command = ["taskset", "--all-tasks", "--cpu-list", "--pid", str(SERVER_CORE), str(pid)]
            subprocess.run(command, check=True, capture_output=True)
            set_urgency(pid, urgency(os.getpid()))

    def settings(self, database: str) -> dict[str, object]:
        return {"database.primary": self._url(0, database), "database.replicas": self._url(1, database)}

    def _url(self, node: int, database: str) -> str:
        port = (self._home / f"n{node}/port").read_text().strip()
        return f"mysql://vitrine:vitrine@127.0.0.1:{port}/{database}"

    def sql(self, statements: str, node: int = 0, database: str = "") -> str:
        command = self._client("mariadb", node) + [
            "--batch",
            "--skip-column-names",
            *([database] if database else []),
        ]
        return subprocess.run(
            command, input=statements, check=True, capture_output=True, text=True
        ).stdout.strip()

    def _client(self, program: str, node: int = 0) -> list[str]:
        return [program, "--no-defaults", f"--socket={self._home}/n{node}/s.sock", "--user=root"]

    def dump(self, database: str, file: Path) -> None:
        part = file.with_suffix(".part")
        with part.open("wb") as output:
            subprocess.run(
                self._client("mariadb-dump") + ["--single-transaction", database], check=True, stdout=output
            )
        os.replace(part, file)

    def load(self, database: str, file: Path) -> None:
        self.sql(f"CREATE DATABASE {database}")
        with file.open("rb") as dump:
            subprocess.run(self._client("mariadb") + [database], check=True, stdin=dump)

    def settle(self, database: str) -> None:
        """Waits for the replicas and lets each server look at its tables."""
        position = self.sql("SELECT @@gtid_binlog_pos")
        for node in (1, 2):
            if self.sql(f"SELECT MASTER_GTID_WAIT('{position}', 600)", node) != "0":
                raise RuntimeError(f"replica {node} is not where the primary is")
        tables = self.sql("SHOW TABLES", database=database).split()
        for node in range(3):
            self.sql(f"ANALYZE NO_WRITE_TO_BINLOG TABLE {', '.join(tables)}", node, database)
        # Nobody needs to catch up any more, and the logs of an import take gigabytes.
        for node in range(3):
            self.sql("FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY", node)
        time.sleep(1)  # the shop's next look at its servers
