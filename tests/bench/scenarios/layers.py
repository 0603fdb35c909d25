"""The layers of the cache next to each other: own memory, Redis, none."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from asking import GZIP
from contest import HEAD, Contestant, contest, ratio, row
from figures import Section, Table
from rivals import is_installed
from services import Redis
from shop import CACHED, UNCACHED, Shop, through_redis
from stage import Page, Stage, contestant, say

# The shop's own memory cannot be switched off beside Redis. This is the least that it takes, and so many pages in turn
# are several times that, so next to none is found there.
LEAST_L1_BYTES = 1024 * 1024
PAGES = 400

MEMORY, REDIS, NONE = "memory", "Redis", "none"

EXPLANATION = f"""\
{PAGES:,} lists of 24 in turn, each with another lowest price: from the process's own memory, from Redis, and made from SQLite. Behind
Redis the own memory is the least that can be set, 1 MiB, which the pages exceed several times; the last columns tell which share of
the answers each layer gave. CPU is that of the server and of Redis; "CPU times" divides by the page from memory."""


def run(stage: Stage) -> Section:
    section = Section("layers", "From memory, from Redis, from the database", EXPLANATION)
    if not stage.has_cache:
        section.notes.append("This build has no page cache: all rows are made anew here.")
    for size in stage.options.sizes:
        with ExitStack() as stack:
            shops = started(stage, stack, size)
            for page in (Page("list, HTML", "/products?"), Page("list, JSON", "/api/v1/products?limit=24&")):
                say(f"layers: {page.name}, {size} products")
                compare(stage, shops, page, size, section)
    return section


def started(stage: Stage, stack: ExitStack, size: int) -> dict[str, tuple[Shop, list[int]]]:
    """A shop for each layer, with the processes that work for it."""
    found = {
        MEMORY: (stack.enter_context(stage.on_sqlite(f"layers-memory-{size}", size, CACHED)), list[int]())
    }
    if is_installed("redis-server"):
        redis = stack.enter_context(Redis(stage.home("layers-redis-server")))
        settings = through_redis(redis.port, LEAST_L1_BYTES)
        shop = stack.enter_context(stage.on_sqlite(f"layers-redis-{size}", size, settings))
        found[REDIS] = (shop, [redis.process.pid])
    found[NONE] = (stack.enter_context(stage.on_sqlite(f"layers-none-{size}", size, UNCACHED)), [])
    return found


def compare(
    stage: Stage, shops: dict[str, tuple[Shop, list[int]]], page: Page, size: int, section: Section
) -> None:
    paths = [f"{page.path}min_price={2 + number / 100:.2f}" for number in range(PAGES)]
    contestants: list[Contestant] = []
    lengths: list[int] = []
    for name, (shop, others) in shops.items():
        client = shop.client()
        lengths.append(sum(len(client.get(path, GZIP).body) for path in paths) // len(paths))
        contestants.append(replace(contestant(name, shop, page, *others), paths=paths))
    before = {name: shop.answers_by_origin() for name, (shop, _) in shops.items()}
    records = contest(stage.options, contestants, GZIP, section.notes)
    after = {name: shop.answers_by_origin() for name, (shop, _) in shops.items()}
    title = f"{page.name}, {size:,} products, {lengths[0]:,} bytes ({lengths[-1]:,} without a cache)"
    shown = Table([*HEAD, "CPU times", "from memory", "from Redis"], title=title)
    for record in records:
        shares = [share(before[record.name], after[record.name], origin) for origin in ("l1", "l2")]
        shown.rows.append([*row(record), ratio(record, records[0], "cpu").show(), *shares])
        section.raw.append({"page": page.path, "products": size, **record.raw()})
    section.tables.append(shown)


def share(before: dict[str, int], after: dict[str, int], origin: str) -> str:
    """Of all answers, those that came from there."""
    found = {name: after[name] - before[name] for name in after}
    answers = sum(found.values())
    return f"{found[origin] / answers:.0%}" if answers else ""
