#!/usr/bin/env python3
"""Whether a wrong password takes as long for an account that exists as for one that does not.

    tests/bench/sign_in.py PROGRAM [--tries 200]

Both kinds in turn on one connection, and which of a pair comes first alternates too. The counting of tries is off, or it would
be what is measured. Prints the medians, and fails when they differ by 5 % or more.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

KNOWN = "ann@shop.example"
UNKNOWN = "bob@shop.example"
WARM_UP = 10
MOST_APART = 0.05


def sign_in(connection: http.client.HTTPConnection, email: str) -> float:
    """Milliseconds until the answer has come."""
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"email": email, "password": "not the green lamp at all"})
    started = time.perf_counter()
    connection.request("POST", "/login", body, headers)
    answer = connection.getresponse()
    answer.read()
    taken = time.perf_counter() - started
    if answer.status != 401:
        raise SystemExit(f"{email}: {answer.status}")
    return taken * 1000


def measure(base: str, tries: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    for _ in range(WARM_UP):
        sign_in(connection, KNOWN), sign_in(connection, UNKNOWN)
    taken: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for number in range(tries):
        order = (KNOWN, UNKNOWN) if number % 2 else (UNKNOWN, KNOWN)
        for email in order:
            taken[email].append(sign_in(connection, email))
    known, unknown = (statistics.median(taken[email]) for email in (KNOWN, UNKNOWN))
    apart = abs(known - unknown) / min(known, unknown)
    print(f"medians of {tries} each, in turn: known {known:.2f} ms, unknown {unknown:.2f} ms, {apart:.1%} apart")
    if apart >= MOST_APART:
        raise SystemExit(f"more than {MOST_APART:.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--tries", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        env = {
            **os.environ,
            "VITRINE__DATABASE__PRIMARY": f"sqlite:{home}/shop.db",
            "VITRINE__MEDIA__STORE": f"file:{home}/media",
            "VITRINE__SEARCH__PATH": "",
            "VITRINE__SERVER__PORT": "0",
            "VITRINE__SERVER__OPS_PORT": "0",
            "VITRINE__LIMITS__SIGN_IN": "0",
            "VITRINE__LOG__LEVEL": "error",
        }
        create = [arguments.program, "user", "create", "--email", KNOWN, "--name", "Ann", "--password-stdin"]
        subprocess.run(create, env=env, input="green lamp over the sea\n", text=True, check=True, stdout=subprocess.DEVNULL)
        serve = [arguments.program, "serve", "--no-demo"]
        with subprocess.Popen(serve, env=env, stdout=subprocess.PIPE, text=True) as shop:
            try:
                assert shop.stdout is not None
                lines = (line.removeprefix("listening on ").strip() for line in shop.stdout if line.startswith("listening on "))
                measure(next(lines), arguments.tries)
            finally:
                shop.terminate()


if __name__ == "__main__":
    main()
