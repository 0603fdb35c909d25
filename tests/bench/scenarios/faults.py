"""Redis emptied, frozen and killed while two nodes are under load."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from asking import GZIP
from contest import MOST_OTHERS, others
from figures import Section, Table, number
from load import Load, Wrk
from options import CONNECTIONS
from processes import busy_seconds
from rivals import is_installed
from services import Redis
from shop import Shop, page_work, through_redis
from stage import Stage, products_of, say

KEYS = 100
# Room for the longest fault.
LEAST_S = 6
UNHARMED = 1.2
Fault = Callable[[Redis, threading.Event], None]

EXPLANATION = f"""\
Two nodes with their own memory over one Redis and one SQLite file; wrk asks each of them for {KEYS} products in turn, with half of
the 64 connections. Each row is a load of its own. "queries per key" is the most that one node asked the database for one
product's page on average, its own background work left out: 1 means that each page was made once. The first row begins with
both caches empty, all others with both full."""


def nothing(_: Redis, __: threading.Event) -> None:
    """No fault."""


def flush(redis: Redis, enough: threading.Event) -> None:
    while not enough.wait(1):
        redis.flush()


def freeze(redis: Redis, enough: threading.Event) -> None:
    enough.wait(1)
    redis.freeze()
    enough.wait(3)
    redis.wake()


def kill(redis: Redis, enough: threading.Event) -> None:
    enough.wait(1)
    redis.kill()


def restart(redis: Redis, enough: threading.Event) -> None:
    enough.wait(1)
    redis.start()


FAULTS: tuple[tuple[str, Fault], ...] = (
    ("both caches empty", nothing),
    ("no fault", nothing),
    ("FLUSHALL every second", flush),
    ("SIGSTOP for 3 s", freeze),
    ("kill -9", kill),
    ("dead from the start", nothing),
    ("started again", restart),
)


@dataclass
class Outcome:
    """What came of a load during a fault."""

    loads: list[Load]
    queries: list[dict[str, int]]
    """Database work of each node by its name."""
    per_key: float
    others: float

    @property
    def failed(self) -> int:
        return sum(load.failed for load in self.loads)

    @property
    def p99_ms(self) -> float:
        return max(load.p99_ms for load in self.loads)


def run(stage: Stage) -> Section:
    section = Section("faults", "Redis fails", EXPLANATION)
    if not is_installed("redis-server"):
        section.notes.append("redis-server is not installed: nothing was measured.")
        return section
    shown = Table(
        ["", "answers/s", "failed", "p50 ms", "p99 ms", "p99 times", "worst ms", "queries per key", "others"]
    )
    with ExitStack() as stack:
        redis = stack.enter_context(Redis(stage.home("faults-redis")))
        database = stage.catalogs.sqlite(stage.options.smallest, stage.home("faults-data"))
        nodes = [
            stack.enter_context(stage.node(f"faults-{twin}", database, through_redis(redis.port)))
            for twin in "ab"
        ]
        paths = [f"/api/v1/products/{product['product_id']}" for product in products_of(nodes[0], KEYS)]
        calm: Outcome | None = None
        for name, fault in FAULTS:
            say(f"faults: {name}")
            outcome = endure(stage, nodes, paths, redis, fault)
            calm = outcome if name == "no fault" else calm
            report(shown, section, stage, name, outcome, calm)
            section.raw.append({"fault": name, **asdict(outcome)})
    section.tables.append(shown)
    return section


def endure(stage: Stage, nodes: list[Shop], paths: list[str], redis: Redis, fault: Fault) -> Outcome:
    """A load on both nodes during a fault."""
    before = [Counter(page_work(node.metrics())) for node in nodes]
    spent = busy_seconds() - sum(node.cpu_seconds() for node in nodes)
    enough = threading.Event()
    thread = threading.Thread(target=fault, args=(redis, enough))
    seconds = max(LEAST_S, stage.options.seconds)
    running = [Wrk(node.base, seconds, GZIP, paths, CONNECTIONS // len(nodes)) for node in nodes]
    thread.start()
    loads = [each.result() for each in running]
    spent = busy_seconds() - sum(node.cpu_seconds() for node in nodes) - spent
    enough.set()
    thread.join()
    time.sleep(1)  # what is still under way comes to an end
    after = [Counter(page_work(node.metrics())) for node in nodes]
    asked = [dict(now - then) for now, then in zip(after, before, strict=True)]
    return Outcome(loads, asked, max(sum(node.values()) for node in asked) / len(paths), others(spent, loads))


def report(
    shown: Table, section: Section, stage: Stage, name: str, outcome: Outcome, calm: Outcome | None
) -> None:
    times = outcome.p99_ms / calm.p99_ms if calm else 1.0
    loads = outcome.loads
    shown.rows.append(
        [
            name,
            number(sum(load.rate for load in loads)),
            str(outcome.failed),
            number(max(load.p50_ms for load in loads), 2),
            number(outcome.p99_ms, 2),
            number(times, 2) if calm else "",
            number(max(load.max_ms for load in loads), 1),
            number(outcome.per_key, 2),
            f"{outcome.others:.0%}",
        ]
    )

    def claim(about: str, target: str, measured: str, holds: bool) -> None:
        section.claim(f"Redis, {name}: {about}", target, measured, holds if stage.has_cache else None)

    claim("failed requests", "0", str(outcome.failed), outcome.failed == 0)
    claim("queries per key and node", "<= 1", number(outcome.per_key, 2), outcome.per_key <= 1)
    if calm and outcome is not calm and max(outcome.others, calm.others) <= MOST_OTHERS:
        claim("p99 against no fault", f"<= {UNHARMED} times", f"{times:.2f}", times <= UNHARMED)
