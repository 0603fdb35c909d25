"""Catalogs of any size. Product N is the same in each, and the newest are the newest in all: pages compare."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from options import REPOSITORY, Options
from services import MariaDb
from shop import IMAGE_HOST, Settings, environment

# Part of a kept catalog's name: raise it when other products are wanted.
VERSION = 1

NEWEST = datetime(2026, 1, 1, tzinfo=timezone.utc)

ADJECTIVES = (
    "Plain Tall Low Round Slim Heavy Light Folding Stacking Woven Turned Glazed Brushed Waxed".split()
)
MATERIALS = "Oak Birch Ash Linen Wool Cotton Steel Brass Copper Glass Stoneware Marble Rattan Cork".split()
THINGS = "Lamp Table Chair Stool Shelf Basket Bowl Jug Vase Rug Blanket Cushion Clock Mirror Tray".split()
CATEGORIES = [
    f"{place} {kind}"
    for place in ("Kitchen", "Garden", "Living", "Office")
    for kind in ("Lights", "Seats", "Tables", "Storage", "Textiles", "Tools")
]
BRANDS = [
    f"{first} & {second}"
    for first in ("Alder", "Brook", "Cairn", "Dale", "Elm")
    for second in ("Rye", "Thread", "Kiln", "Plane")
]
TAGS = "gift new classic handmade outdoor children repairable plastic-free cosy breakfast desk dinner".split()
SENTENCES = (
    "Made in a small workshop from what grows or is dug nearby.",
    "The edges are broken by hand, so that nothing catches.",
    "It carries more than it looks, and it can be mended.",
    "Wipe it with a damp cloth; oil it once a year if you like.",
    "The colour deepens in the sun and stays even where it is touched.",
    "Two people can put it together in ten minutes, one in fifteen.",
    "Seconds are sold with a note of what is wrong with them.",
    "It goes through a door of 70 cm without being taken apart.",
)


def product(number: int) -> dict[str, object]:
    """Product `number`, counted from the newest."""
    chance = random.Random(number)
    name = " ".join(chance.choice(words) for words in (ADJECTIVES, MATERIALS, THINGS))
    return {
        "sku": f"B-{number:07}",
        "name": f"{name} {number}",
        "description": " ".join(chance.sample(SENTENCES, 5)),
        "brand": chance.choice(BRANDS),
        "category": CATEGORIES[number % len(CATEGORIES)],
        "tags": chance.sample(TAGS, 3),
        "price": f"{chance.randrange(200, 90_000) / 100:.2f}",
        "stock_quantity": chance.randrange(100, 1000),
        "image_url": f"https://{IMAGE_HOST}/pictures/{number:07}.webp",
        "created_at": (NEWEST - timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def lines(size: int) -> Iterator[str]:
    return (json.dumps(product(number)) + "\n" for number in range(size))


class Catalogs:
    """Shops that are filled already, kept for the next run."""

    def __init__(self, options: Options):
        self._options = options
        self._folder = options.work / "catalogs"
        self._folder.mkdir(parents=True, exist_ok=True)

    def sqlite(self, size: int, home: Path) -> Settings:
        """A copy of the SQLite shop of that size, below `home`."""
        kept = self._kept(f"sqlite-{size}")
        if not kept.exists():
            part = self._folder / "part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            self._import(size, {"database.primary": f"sqlite:{part}/shop.db"})
            os.replace(part, kept)
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(kept, home)
        return {"database.primary": f"sqlite:{home}/shop.db"}

    def mariadb(self, size: int, servers: MariaDb) -> Settings:
        """The shop of that size on those servers, read from a replica."""
        database = f"bench_{size}"
        kept = self._kept(f"mariadb-{size}").with_suffix(".sql")
        if kept.exists():
            servers.load(database, kept)
        else:
            servers.sql(f"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
            self._import(size, {"database.primary": servers.settings(database)["database.primary"]})
            servers.dump(database, kept)
        servers.settle(database)
        return servers.settings(database)

    def _kept(self, name: str) -> Path:
        """Catalogs of another generator or of other tables are not taken for these."""
        stamps = sorted(path.name for path in (REPOSITORY / "migrations").glob("*/*"))
        mark = hashlib.sha256(json.dumps([VERSION, stamps]).encode()).hexdigest()[:8]
        return self._folder / f"{name}-{mark}"

    def _import(self, size: int, database: Settings) -> None:
        file = self._folder / f"{size}.jsonl"
        file.write_text("".join(lines(size)))
        settings = {
            **database,
            "shop.image_hosts": IMAGE_HOST,
            "media.store": f"file:{self._folder}/media",
            "log.level": "warn",
        }
        env = {**os.environ, **environment(self._options.vitrine, settings)}
        run = subprocess.run([self._options.vitrine, "import", file], env=env, capture_output=True, text=True)
        file.unlink()
        if f"rows={size} created={size}" not in run.stdout:
            raise RuntimeError(f"the import of {size} products failed: {run.stdout}{run.stderr}")
