"""Reading while somebody writes ten times a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from asking import GZIP
from contest import HEAD, contest, ratio, row
from figures import Section, Table, number, percentile
from shop import CACHED, Shop
from stage import Stage, contestant, pages, products_of, say

PERIOD_S = 0.1

EXPLANATION = """\
The same page of the same shop in paired rounds, without and with somebody who changes the stock of one of its 24 products every
100 ms. Every such write takes the page out of the cache, so the next reader makes it anew."""


@dataclass
class Writer:
    """Changes stock while its block runs."""

    shop: Shop
    key: str
    products: list[int]
    took_ms: list[float] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        enough = threading.Event()
        thread = threading.Thread(target=self._work, args=(enough,))
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()
        if self.faults:
            raise self.faults[0]

    def _work(self, enough: threading.Event) -> None:
        client = self.shop.client(self.key)
        due = time.monotonic()
        try:
            while not enough.is_set():
                began = time.monotonic()
                product = self.products[len(self.took_ms) % len(self.products)]
                client.post(f"/api/admin/products/{product}/stock", {"delta": 1})
                self.took_ms.append((time.monotonic() - began) * 1000)
                due += PERIOD_S
                enough.wait(max(0, due - time.monotonic()))
        except Exception as fault:  # told by whoever waits for this thread
            self.faults.append(fault)


def run(stage: Stage) -> Section:
    section = Section("writing", "Reading while somebody writes", EXPLANATION)
    shown = Table([*HEAD, "queries/s", "times", "p99 times"])
    with stage.on_sqlite("writing", stage.options.smallest, CACHED) as shop:
        listed = [int(str(product["product_id"])) for product in products_of(shop, 24)]
        for page in pages(shop):
            say(f"writing: {page.name}")
            writer = Writer(shop, shop.key(), listed if page.name.startswith("list") else listed[:1])
            quiet = contestant(f"{page.name}, nobody writes", shop, page)
            written = replace(quiet, name=f"{page.name}, ten writes a second", during=writer.at_work)
            records = contest(stage.options, [quiet, written], GZIP, section.notes)
            for record in records:
                seconds = sum(each.load.seconds for each in record.rounds)
                queries = sum(each.queries or 0 for each in record.rounds) / seconds
                compared = [
                    ratio(record, records[0], of).show() if record is not records[0] else ""
                    for of in ("rates", "p99")
                ]
                shown.rows.append([*row(record), number(queries, 1), *compared])
                section.raw.append({"page": page.path, "writes_ms": writer.took_ms, **record.raw()})
            section.notes.append(
                f"{page.name}: {len(writer.took_ms)} writes, p50 {percentile(writer.took_ms, 50):.1f} ms, "
                f"p99 {percentile(writer.took_ms, 99):.1f} ms, none failed."
            )
    section.tables.append(shown)
    return section
