"""Whether a finished page costs the same whatever the size of the shop."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from asking import GZIP
from contest import HEAD, Contestant, can_tell_p99, contest, ratio, row
from figures import Section, Table
from shop import CACHED, Shop
from stage import Stage, contestant, pages, products_of, say

MOST_LIMIT = 1.2
FEW = 100
MANY = 1000

EXPLANATION = """\
Finished pages of the smallest and of the largest shop in paired rounds: the list alone, the same 100 products in turn, and as many
as there are up to 1,000 products in turn, where more pages compete for the processor's own caches. "times" are those of the largest
against the smallest."""


def run(stage: Stage) -> Section:
    section = Section("flat", "The size of the shop", EXPLANATION)
    small, large = stage.options.smallest, stage.options.largest
    with ExitStack() as stack:
        shops = [
            stack.enter_context(stage.on_sqlite(f"flat-{size}", size, CACHED))
            for size in dict.fromkeys((small, large))
        ]
        shown = Table([*HEAD, "times", "p99 times", "CPU times"])
        for name, most in (("list", 0), (f"{FEW} products", FEW), (f"up to {MANY:,} products", MANY)):
            say(f"flat: {name}")
            contestants = [
                asked(f"{name} of {size:,}", shop, most)
                for size, shop in zip((small, large), shops, strict=False)
            ]
            records = contest(stage.options, contestants, GZIP, section.notes)
            first, last = records[0], records[-1]
            p99 = ratio(last, first, "p99")
            shown.rows += [
                [*row(first), "", "", ""],
                [*row(last), *(ratio(last, first, of).show() for of in ("rates", "p99", "cpu"))],
            ]
            section.raw += [record.raw() for record in records]
            is_known = stage.has_cache and large > small and can_tell_p99(first, last)
            if most <= FEW:
                section.claim(
                    f"cached {name}: p99 at {large:,} products against {small:,}",
                    f"<= {MOST_LIMIT} times",
                    p99.show(),
                    p99.middle <= MOST_LIMIT if is_known else None,
                )
        section.tables.append(shown)
    return section


def asked(name: str, shop: Shop, most: int) -> Contestant:
    one = contestant(name, shop, pages(shop)[0])
    if not most:
        return one
    paths = [f"/products/{product['slug']}" for product in products_of(shop, most)]
    client = shop.client()
    for path in paths:
        client.get(path, GZIP)
    return replace(one, paths=paths)
