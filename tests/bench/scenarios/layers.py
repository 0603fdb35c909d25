"""The layers of the cache next to each other: own memory, Redis alone, none."""

from __future__ import annotations

from contextlib import ExitStack

from asking import GZIP
from contest import HEAD, contest, ratio, row
from figures import Section, Table
from rivals import is_installed
from services import Redis
from shop import CACHED, UNCACHED, Shop, through_redis
from stage import Stage, contestant, pages, say, steady_answer

EXPLANATION = """\
The same page from the process's own memory, from Redis only (`cache.l1_bytes` 0) and from SQLite, at each size. CPU is that of
the server and of Redis; "CPU times" divides by the page from memory."""


def run(stage: Stage) -> Section:
    section = Section("layers", "From memory, from Redis, from the database", EXPLANATION)
    if not stage.has_cache:
        section.notes.append("This build has no page cache: all three rows are made anew here.")
    for size in stage.options.sizes:
        with ExitStack() as stack:
            shops: dict[str, tuple[Shop, list[int]]] = {}
            shops["memory"] = (
                stack.enter_context(stage.on_sqlite(f"layers-memory-{size}", size, CACHED)),
                [],
            )
            if is_installed("redis-server"):
                redis = stack.enter_context(Redis(stage.home("layers-redis-server")))
                only = stage.on_sqlite(f"layers-redis-{size}", size, through_redis(redis.port, l1_bytes=0))
                shops["Redis only"] = (stack.enter_context(only), [redis.process.pid])
            shops["none"] = (stack.enter_context(stage.on_sqlite(f"layers-none-{size}", size, UNCACHED)), [])
            for at, page in enumerate(pages(shops["memory"][0])):
                say(f"layers: {page.name}, {size} products")
                answer = steady_answer(shops["memory"][0], page, GZIP)
                contestants = [
                    contestant(name, shop, pages(shop)[at], *others) for name, (shop, others) in shops.items()
                ]
                records = contest(stage.options, contestants, GZIP, section.notes)
                shown = Table(
                    [*HEAD, "CPU times"], title=f"{page.name}, {size:,} products, {len(answer.body):,} bytes"
                )
                shown.rows = [[*row(record), ratio(record, records[0], "cpu").show()] for record in records]
                section.tables.append(shown)
                section.raw += [{"page": page.path, "products": size, **record.raw()} for record in records]
    return section
