"""How fast the shop starts, and how much memory it takes: at rest, with pages kept, with more than fit."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

from asking import GZIP
from figures import Section, Spread, Table, number
from load import run as load
from processes import resident_bytes
from shop import CACHED, UNCACHED, Settings, Shop
from stage import Stage, products_of, say

MIB = 1024 * 1024
DISTINCT = 1000
START_LIMIT_S = 0.5
MEMORY_LIMIT_MIB = 60
BOUND_MIB = 16

EXPLANATION = f"""\
SQLite, one worker. A start counts from the command to the first page answered, on a database that is there. Resident memory
is that of the process: after that first page, after up to {DISTINCT:,} different products were asked for, as page and by API, and after
a full load on those. Below, two shops are asked for the same pages, more than the {BOUND_MIB} MiB that the cache of one may keep."""


def run(stage: Stage) -> Section:
    section = Section("start", "Start and memory", EXPLANATION)
    shown = Table(["", "start s", "resident at start MiB", f"after {DISTINCT:,} products", "after load"])
    for size in stage.options.sizes:
        say(f"start: {size} products")
        home = stage.home(f"start-data-{size}")
        database = stage.catalogs.sqlite(size, home)
        starts = Spread.of([time_start(stage, database) for _ in range(stage.options.few(11, 3))])
        rest, filled, loaded = memory(stage, database, section, size)
        shown.rows.append(
            [
                f"{size:,} products",
                starts.show(3),
                *(number(each / MIB, 1) for each in (rest, filled, loaded)),
            ]
        )
        if size == stage.options.smallest:
            section.claim(
                f"start to the first answer, {size:,} products",
                f"< {START_LIMIT_S} s",
                starts.show(3),
                starts.middle < START_LIMIT_S,
            )
            section.claim(
                f"resident memory, {size:,} products",
                f"< {MEMORY_LIMIT_MIB} MiB",
                f"{rest / MIB:.1f} MiB",
                rest < MEMORY_LIMIT_MIB * MIB,
            )
    section.tables += [shown, bound(stage, section)]
    section.notes.append(f"The program is {program_mib(stage.options.vitrine):.1f} MiB on disk.")
    return section


def time_start(stage: Stage, database: Settings) -> float:
    """From the command to the first page, by somebody who tries again and again."""
    began = time.monotonic()
    with stage.node("start", database, CACHED) as shop:
        connection = http.client.HTTPConnection(shop.base.removeprefix("http://"), timeout=10)
        connection.request("GET", "/products")
        answer = connection.getresponse()
        answer.read()
        took = time.monotonic() - began
        if answer.status != 200:
            raise RuntimeError(f"the first page answered {answer.status}")
    return took


def memory(stage: Stage, database: Settings, section: Section, size: int) -> tuple[int, int, int]:
    with stage.node("memory", database, CACHED) as shop:
        shop.client().get("/products")
        rest = resident(shop)
        paths = paths_of(shop, DISTINCT)
        client = shop.client()
        for path in paths:
            client.get(path, GZIP)
        filled = resident(shop)
        load(shop.base, stage.options.seconds, GZIP, paths)
        loaded = resident(shop)
        section.raw.append(
            {"products": size, "rest": rest, "filled": filled, "loaded": loaded, "paths": len(paths)}
        )
    return rest, filled, loaded


def bound(stage: Stage, section: Section) -> Table:
    """Asks for more pages than the cache may keep, with and without it: what making pages takes is not its fault."""
    title = f"A cache of {BOUND_MIB} MiB"
    shown = Table(["", "pages asked for", "resident at start MiB", "after", "kept, as it says"], title=title)
    size = stage.options.largest
    after: list[int] = []
    for name, settings in (
        ("no cache", UNCACHED),
        ("a cache", {**CACHED, "cache.l1_bytes": BOUND_MIB * MIB}),
    ):
        say(f"start: {name}, {size} products")
        with stage.on_sqlite("bound", size, settings) as shop:
            shop.client().get("/products")
            rest = resident(shop)
            paths = paths_of(shop, min(size, stage.options.few(20_000, 5_000)))
            for _ in range(stage.options.few(4, 2)):
                load(shop.base, 2 * stage.options.seconds, GZIP, paths)
            after.append(resident(shop))
            kept = sum(value for series, value in shop.metrics().items() if series.startswith("cache_bytes"))
        figures = [f"{each / MIB:.1f}" for each in (rest, after[-1], kept)]
        shown.rows.append([f"{name}, {size:,} products", f"{len(paths):,}", *figures])
        section.raw.append({"case": name, "products": size, "rest": rest, "after": after[-1], "kept": kept})
    more = after[1] - after[0]
    section.claim(
        f"a cache that is full takes no more memory than was set, {size:,} products",
        f"<= {BOUND_MIB} MiB",
        f"{more / MIB:.1f} MiB",
        more <= BOUND_MIB * MIB if stage.has_cache else None,
    )
    return shown


def paths_of(shop: Shop, most: int) -> list[str]:
    products = products_of(shop, most)
    return [
        path
        for product in products
        for path in (f"/products/{product['slug']}", f"/api/v1/products/{product['product_id']}")
    ]


def resident(shop: Shop) -> int:
    return resident_bytes([shop.process.pid])


def program_mib(program: Path) -> float:
    return program.stat().st_size / MIB
