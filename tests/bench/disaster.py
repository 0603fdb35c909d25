#!/usr/bin/env python3
"""Loses a database of many products under writes and restores it from what `backup --follow` had shipped.

    tests/bench/disaster.py PROGRAM [--products 100000] [--database sqlite|mariadb]

Prints how much was lost (RPO), how long it took until the shop answered again (RTO), and fails above 10 s and 60 s, or when
any product is not as the last write that was acknowledged and shipped left it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from catalogs import lines
from options import REPOSITORY
from shop import IMAGE_HOST

MARIADB = REPOSITORY / "tests/services/mariadb.sh"
WRITERS = 4
WRITING_S = 15.0
RPO_S = 10.0
RTO_S = 60.0
PATIENCE_S = 600.0

# Whatever is to end with this.
STARTED: list[subprocess.Popen[str]] = []


class Place:
    """A database that can be lost."""

    def __init__(self, kind: str, home: Path):
        self.home, self.kind = home, kind
        home.mkdir(parents=True)
        self.data = home / "data"
        self.url = f"sqlite:{self.data}/shop.db"
        if kind == "mariadb":
            self._servers = Path(tempfile.mkdtemp(prefix="vitrine-lost-")) / "db"
            started = subprocess.run([MARIADB, "start", self._servers], check=True, capture_output=True, text=True)
            primary = started.stdout.split("PRIMARY=", 1)[1].split()[0]
            self.data = self._servers / "n0/data"
            self.url = f"{primary}/shop"
            socket = self._servers / "n0/s.sock"
            statement = "CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
            subprocess.run(["mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "-e", statement], check=True)

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "VITRINE__DATABASE__PRIMARY": self.url,
            "VITRINE__DATABASE__REPLICAS": "",
            "VITRINE__MEDIA__STORE": f"file:{self.home}/media",
            "VITRINE__SEARCH__PATH": "",
            "VITRINE__SERVER__PORT": "0",
            "VITRINE__SERVER__OPS_PORT": "0",
            "VITRINE__SHOP__IMAGE_HOSTS": IMAGE_HOST,
            "VITRINE__LOG__LEVEL": "error",
            # It is one program that writes and looks whether everything is there.
            "VITRINE__LIMITS__API": "0",
            "VITRINE__LIMITS__KEY": "0",
            "VITRINE__LIMITS__OWNER": "0",
        }

    def lose(self) -> None:
        """As a broken disk does it: the server with it, and no warning."""
        if self.kind == "mariadb":
            os.kill(int((self._servers / "n0/pid").read_text()), signal.SIGKILL)
        shutil.rmtree(self.data, ignore_errors=True)

    def close(self) -> None:
        if self.kind == "mariadb":
            subprocess.run([MARIADB, "stop", self._servers], check=False)
            shutil.rmtree(self._servers.parent, ignore_errors=True)


def run(program: Path, place: Place, *arguments: str) -> str:
    done = subprocess.run(
        [program, *arguments], env=place.environment(), capture_output=True, text=True, timeout=PATIENCE_S
    )
    if done.returncode != 0:
        sys.exit(f"{arguments[0]}: {done.stderr}")
    return done.stdout


def serve(program: Path, place: Place) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [program, "serve", "--no-demo"], env=place.environment(), stdout=subprocess.PIPE, text=True
    )
    STARTED.append(process)
    line = process.stdout.readline()
    return process, line.removeprefix("listening on ").strip()


class Writer(threading.Thread):
    """Takes and adds stock; keeps what was acknowledged: when, at which change, what was left."""

    def __init__(self, base: str, key: str, products: range):
        super().__init__(daemon=True)
        self._base, self._key, self._products = base, key, products
        self.acknowledged: list[tuple[float, int, int, int]] = []
        self.is_over = False

    def run(self) -> None:
        while not self.is_over:
            for product_id in self._products:
                if self.is_over:
                    return
                try:
                    self._write(product_id)
                except (OSError, urllib.error.HTTPError):
                    time.sleep(0.01)

    def _write(self, product_id: int) -> None:
        request = urllib.request.Request(
            f"{self._base}/api/admin/products/{product_id}/stock",
            data=b'{"delta": 1}',
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            seq = int(answer.headers["X-Change-Seq"])
            stock = json.load(answer)["stock_quantity"]
        self.acknowledged.append((time.monotonic(), seq, product_id, stock))


def await_line(process: subprocess.Popen[str], begin: str) -> None:
    line = process.stdout.readline()
    if not line.startswith(begin):
        sys.exit(f"expected {begin!r}, read {line!r}")


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "mariadb"], default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-disaster-") as home:
        lost, found = (Place(options.database, Path(home) / name) for name in ("lost", "found"))
        try:
            measure(options.program.resolve(), options.products, lost, found)
        finally:
            for process in STARTED:
                process.kill()
            lost.close()
            found.close()


def measure(program: Path, products: int, lost: Place, found: Place) -> None:
    home, kind = lost.home.parent, lost.kind
    file = home / "products.jsonl"
    file.write_text("".join(lines(products)))
    # SQLite takes files in faster; a copy is the same shop.
    seed = lost if kind == "sqlite" else Place("sqlite", home / "seed")
    begun = time.monotonic()
    imported = run(program, seed, "import", str(file)).splitlines()[-1]
    print(f"{kind}: import {imported} in {time.monotonic() - begun:.1f} s", flush=True)
    if seed is not lost:
        begun = time.monotonic()
        copied = run(program, lost, "copy-db", "--from", seed.url, "--to", lost.url).strip()
        print(f"{kind}: {copied} In {time.monotonic() - begun:.1f} s", flush=True)
    server, base = serve(program, lost)
    key = run(program, lost, "key", "create", "--name", "writer", "--scope", "admin", "--quiet").strip()
    backup = home / "backup"
    begun = time.monotonic()
    follower = subprocess.Popen(
        [program, "backup", "--follow", str(backup)], env=lost.environment(), stdout=subprocess.PIPE, text=True
    )
    STARTED.append(follower)
    await_line(follower, "following into")
    size = sum(path.stat().st_size for path in backup.rglob("*") if path.is_file())
    print(f"{kind}: backup of {size / 1e6:.1f} MB in {time.monotonic() - begun:.1f} s", flush=True)
    share = products // WRITERS
    writers = [Writer(base, key, range(1 + n * share, 1 + (n + 1) * share)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(WRITING_S)
    lost_at = time.monotonic()
    server.kill()
    lost.lose()
    follower.kill()
    for writer in writers:
        writer.is_over = True
    acknowledged = sorted(
        (entry for writer in writers for entry in writer.acknowledged if entry[0] <= lost_at), key=lambda e: e[1]
    )
    begun = time.monotonic()
    told = run(program, found, "restore", str(backup)).splitlines()[0]
    restored_in = time.monotonic() - begun
    server, base = serve(program, found)
    get(f"{base}/products")
    rto = time.monotonic() - begun
    head = int(told.split("up to change ", 1)[1].split(",", 1)[0])
    gone = [entry for entry in acknowledged if entry[1] > head]
    rpo = lost_at - gone[0][0] if gone else 0.0
    print(f"{kind}: {told}")
    print(f"{kind}: {len(acknowledged)} writes acknowledged, {len(gone)} of them lost")
    print(f"{kind}: RPO {rpo:.2f} s, RTO {rto:.1f} s ({restored_in:.1f} s of it the restore)", flush=True)
    wrong = disagreeing(base, {entry[2]: entry[3] for entry in acknowledged if entry[1] <= head})
    audit = run(program, found, "audit", "verify").strip()
    print(f"{kind}: {audit}; {wrong} of the written products are not as they were left")
    if wrong or rpo > RPO_S or rto > RTO_S:
        sys.exit(f"{kind}: not within {RPO_S} s and {RTO_S} s, or not equal")


def disagreeing(base: str, expected: dict[int, int]) -> int:
    """How many products do not have the stock that their last shipped write left."""
    stock = lambda product_id: json.loads(get(f"{base}/api/v1/products/{product_id}"))["stock_quantity"]  # noqa: E731
    return sum(stock(product_id) != left for product_id, left in expected.items())


if __name__ == "__main__":
    main()
