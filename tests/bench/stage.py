"""What every scenario works with: the options, filled shops, the pages that are asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asking import GZIP, PLAIN, Answer
from catalogs import Catalogs
from contest import Contestant
from options import Options
from services import MariaDb
from shop import Settings, Shop, has_cache

# What a browser and a program ask with.
ENCODINGS: Mapping[str, dict[str, str]] = {"plain": PLAIN, "gzip": GZIP}

# After its start a shop shows lists without counts until the search is open, and keeps such a page for a second.
UNCOUNTED_S = 1.5
PATIENCE = 10


@dataclass(frozen=True)
class Page:
    name: str
    path: str


@dataclass(frozen=True)
class Stage:
    options: Options
    catalogs: Catalogs

    @property
    def has_cache(self) -> bool:
        return has_cache(self.options.vitrine)

    def home(self, name: str) -> Path:
        return self.options.work / "run" / name

    def node(self, name: str, database: Settings, settings: Settings) -> Shop:
        return Shop(self.options.vitrine, self.home(name), database, settings)

    def on_sqlite(self, name: str, size: int, settings: Settings) -> Shop:
        """A shop on a copy of the catalog of that size."""
        return self.node(name, self.catalogs.sqlite(size, self.home(f"{name}-data")), settings)

    def on_mariadb(self, name: str, size: int, servers: MariaDb, settings: Settings) -> Shop:
        return self.node(name, self.catalogs.mariadb(size, servers), settings)


def say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def pages(shop: Shop) -> list[Page]:
    """The list and the newest product, as page and by API."""
    newest = shop.client().get("/api/v1/products?limit=1").json()["data"][0]
    return [
        Page("list, HTML", "/products"),
        Page("product, HTML", f"/products/{newest['slug']}"),
        Page("list, JSON", "/api/v1/products?limit=24"),
        Page("product, JSON", f"/api/v1/products/{newest['product_id']}"),
    ]


def products_of(shop: Shop, most: int) -> list[dict[str, object]]:
    """The newest products, at most so many."""
    client, path = shop.client(), "/api/v1/products?limit=100"
    found: list[dict[str, object]] = []
    while path and len(found) < most:
        answer = client.get(path).json()
        found += answer["data"]
        path = answer["links"].get("next")
    return found[:most]


def contestant(name: str, shop: Shop, page: Page, *others: int) -> Contestant:
    """A shop that is asked for one page; `others` work for it."""
    return Contestant(name, shop.base + page.path, lambda: [shop.process.pid, *others], shop.page_queries)


def steady_answer(shop: Shop, page: Page, headers: dict[str, str]) -> Answer:
    """What the shop answers, once it goes on answering the same."""
    client = shop.client()
    again = client.get(page.path, headers)
    for _ in range(PATIENCE):
        first = again
        time.sleep(UNCOUNTED_S)
        again = client.get(page.path, headers)
        if again.status == 200 and again.body == first.body:
            return again
    raise RuntimeError(f"{page.path} answers {first.status}, then {again.status} with other bytes, again and again")
