"""What a run is asked to do. Read once; everything else gets it handed."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target").resolve()

CONNECTIONS = 64
SIZES = (100, 10_000, 100_000)


@dataclass(frozen=True)
class Options:
    """A full run by default; `--quick` shows in minutes whether everything works, its figures mean little."""

    quick: bool
    only: tuple[str, ...]
    rounds: int
    seconds: int
    warm_up: int
    sizes: tuple[int, ...]
    databases: tuple[str, ...]
    urgent: bool
    work: Path
    vitrine: Path
    bare: Path
    output: Path

    @property
    def smallest(self) -> int:
        return min(self.sizes)

    @property
    def largest(self) -> int:
        return max(self.sizes)

    def few(self, full: int, quick: int) -> int:
        """A number of repetitions."""
        return quick if self.quick else full


def parse(names: list[str], arguments: list[str] | None = None) -> Options:
    """Reads the command line; `names` are the scenarios there are."""
    parser = argparse.ArgumentParser(
        prog="tests/bench/run.py", description="Measures Vitrine; see tests/bench/README.md."
    )
    parser.add_argument(
        "--quick", action="store_true", help="short rounds and fewer of them, written beside the work files"
    )
    parser.add_argument(
        "--only", action="append", default=[], choices=names, metavar="NAME", help=", ".join(names)
    )
    urgent = "before other work of this machine; needs root and a kernel with autogroups"
    parser.add_argument("--urgent", action="store_true", help=urgent)
    parser.add_argument("--rounds", type=int, help="rounds of each contestant (5)")
    parser.add_argument("--seconds", type=int, help="length of a round (5)")
    parser.add_argument("--sizes", help="numbers of products, separated by commas (100,10000,100000)")
    parser.add_argument("--databases", default="sqlite,mariadb", help="sqlite, mariadb or both")
    parser.add_argument(
        "--work", type=Path, default=TARGET / "bench", help="catalogs are kept here for the next run"
    )
    parser.add_argument(
        "--vitrine", type=Path, default=TARGET / "dist/vitrine", help="the program to measure"
    )
    parser.add_argument(
        "--bare", type=Path, default=TARGET / "dist/examples/bare", help="bare actix-web to compare with"
    )
    parser.add_argument(
        "--output", type=Path, help="folder of benchmarks.md and .json (docs, or the work folder if quick)"
    )
    given = parser.parse_args(arguments)
    work = given.work.resolve()
    sizes = given.sizes.split(",") if given.sizes else SIZES[:2] if given.quick else SIZES
    return Options(
        quick=given.quick,
        only=tuple(given.only),
        rounds=given.rounds or (3 if given.quick else 5),
        seconds=given.seconds or (1 if given.quick else 5),
        warm_up=1 if given.quick else 2,
        sizes=tuple(sorted(int(size) for size in sizes)),
        databases=tuple(given.databases.split(",")),
        urgent=given.urgent,
        work=work,
        vitrine=given.vitrine.resolve(),
        bare=given.bare.resolve(),
        output=(given.output or (work if given.quick else REPOSITORY / "docs")).resolve(),
    )
