"""A shop of its own to ask, as a customer's browser or a program would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

# For the import of 19,406 products, and for the index of them.
PATIENCE_S = 600.0


class Shop:
    """A shop in a folder of its own, with these products and nothing else."""

    def __init__(self, program: Path, home: Path):
        self._program = program
        self._environment = {
            **os.environ,
            "VITRINE__DATABASE__PRIMARY": f"sqlite:{home}/shop.db",
            "VITRINE__MEDIA__STORE": f"file:{home}/media",
            "VITRINE__SEARCH__PATH": f"{home}/search",
            "VITRINE__SERVER__PORT": "0",
            "VITRINE__SERVER__OPS_PORT": "0",
            "VITRINE__LOG__LEVEL": "error",
        }

    def fill(self, file: Path, count: int) -> None:
        done = self._run("import", file, "--assume-currency")
        if f"rows={count} created={count}" not in done.stdout:
            sys.exit(f"not all products were imported: {done.stdout}{done.stderr}")

    def seed(self) -> None:
        """With the demo shop."""
        done = self._run("seed", "demo")
        if done.returncode:
            sys.exit(f"the demo shop was not made: {done.stderr}")

    def _run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [self._program, *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE_S)

    def open(self) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [self._program, "serve", "--no-demo"], env=self._environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            process.kill()
            sys.exit(f"the shop did not start: {line!r}")
        return process, line.removeprefix("listening on ").strip()


def get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def search(base: str, query: str, limit: int) -> dict:
    return get(f"{base}/api/v1/search?{urllib.parse.urlencode({'q': query, 'limit': limit})}")


def await_index(base: str) -> None:
    """Until then the database finds whole words."""
    end = time.monotonic() + PATIENCE_S
    while search(base, "a", 1)["meta"].get("degraded"):
        if time.monotonic() > end:
            sys.exit("the index is not made after ten minutes")
        time.sleep(0.2)
