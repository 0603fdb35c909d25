"""How soon a write is seen: on the node that took it, and on another node."""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from figures import Section, Table, number, percentile
from rivals import is_installed
from services import MariaDb, Redis
from shop import Settings, Shop, through_redis
from stage import Stage, products_of, say

PATIENCE_S = 15.0
WITH_REDIS_MS = 50
WITHOUT_REDIS_MS = 1500
WRITERS = 8
"""How many write at once where each waits for long; one alone where milliseconds count."""

EXPLANATION = """\
Two nodes with their own memory, one Redis and one database. A product that both nodes have finished is changed on node A by API;
then A is asked once, and B again and again until it shows the change. Time counts from the moment at which A's answer to the
write was there. Pauses of random length lie between writes, so that they meet every phase of B's polling. Without Redis: it
was killed, nobody started it again."""


@dataclass
class Seen:
    """What writers saw."""

    delays_ms: list[float] = field(default_factory=list)
    late_at_home: int = 0
    never: int = 0


def run(stage: Stage) -> Section:
    section = Section("visible", "A write is seen", EXPLANATION)
    shown = Table(["", "writes", "not at once on A", "on B: p50 ms", "p99 ms", "worst ms", "never"])
    if not is_installed("redis-server"):
        section.notes.append("redis-server is not installed: nothing was measured.")
        return section
    for database in stage.options.databases:
        with ExitStack() as stack:
            redis = stack.enter_context(Redis(stage.home("visible-redis")))
            name, node_a, node_b = two_nodes(stage, stack, database, redis.port)
            with_redis = watch(
                stage, node_a, node_b, writers=1, writes=stage.options.few(500, 50), pause_s=0.02
            )
            add(shown, section, stage, f"{name}, Redis", with_redis, WITH_REDIS_MS)
            redis.kill()
            time.sleep(1)
            alone = watch(stage, node_a, node_b, WRITERS, writes=stage.options.few(500, 48), pause_s=1.0)
            add(shown, section, stage, f"{name}, Redis killed", alone, WITHOUT_REDIS_MS)
    section.tables.append(shown)
    return section


def two_nodes(stage: Stage, stack: ExitStack, database: str, redis: int) -> tuple[str, Shop, Shop]:
    size = stage.options.smallest
    settings: Settings
    if database == "mariadb":
        servers = stack.enter_context(MariaDb())
        settings = stage.catalogs.mariadb(size, servers)
        servers.pin()
        name = "MariaDB with a replica"
    else:
        settings = stage.catalogs.sqlite(size, stage.home("visible-data"))
        name = "SQLite, one file"
    node_a, node_b = (
        stack.enter_context(stage.node(f"visible-{twin}", settings, through_redis(redis))) for twin in "ab"
    )
    return name, node_a, node_b


def watch(stage: Stage, node_a: Shop, node_b: Shop, writers: int, writes: int, pause_s: float) -> Seen:
    say(f"visible: {writes} writes")
    seen, lock, key = Seen(), threading.Lock(), node_a.key()
    products = [int(str(product["product_id"])) for product in products_of(node_a, writers)]
    faults: list[Exception] = []

    def work(product: int) -> None:
        try:
            write_and_watch(node_a, node_b, key, product, writes // writers, pause_s, seen, lock)
        except Exception as fault:  # told by whoever waits for this thread
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(product,)) for product in products]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return seen


def write_and_watch(
    node_a: Shop,
    node_b: Shop,
    key: str,
    product: int,
    writes: int,
    pause_s: float,
    seen: Seen,
    lock: threading.Lock,
) -> None:
    home, away = node_a.client(key), node_b.client()
    path = f"/api/v1/products/{product}"
    for _ in range(writes):
        time.sleep(random.uniform(0, pause_s))
        wanted = home.post(f"/api/admin/products/{product}/stock", {"delta": 1}).json()["stock_quantity"]
        written = time.monotonic()
        is_late = home.get(path).json()["stock_quantity"] != wanted
        delay = None
        while delay is None and time.monotonic() - written < PATIENCE_S:
            if away.get(path).json()["stock_quantity"] == wanted:
                delay = (time.monotonic() - written) * 1000
            else:
                time.sleep(0.001)
        with lock:
            seen.late_at_home += is_late
            seen.never += delay is None
            seen.delays_ms += [] if delay is None else [delay]


def add(shown: Table, section: Section, stage: Stage, name: str, seen: Seen, limit_ms: float) -> None:
    writes = len(seen.delays_ms) + seen.never
    p50, p99, worst = (percentile(seen.delays_ms, percent) for percent in (50, 99, 100))
    shown.rows.append(
        [
            name,
            str(writes),
            str(seen.late_at_home),
            number(p50, 1),
            number(p99, 1),
            number(worst, 1),
            str(seen.never),
        ]
    )
    section.raw.append(
        {"case": name, "delays_ms": seen.delays_ms, "late_at_home": seen.late_at_home, "never": seen.never}
    )
    holds = stage.has_cache
    section.claim(
        f"{name}: a write is seen on its own node",
        "at once",
        f"{seen.late_at_home} of {writes} late",
        seen.late_at_home == 0 if holds else None,
    )
    section.claim(
        f"{name}: a write is seen on another node, p99",
        f"<= {limit_ms} ms",
        f"{p99:.1f} ms",
        p99 <= limit_ms and not seen.never if holds else None,
    )
