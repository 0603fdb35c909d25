#!/usr/bin/env python3
"""Measures how well the search forgives a slip: names of products with one wrong letter, asked of a fresh shop.

    tests/search/typos.py PROGRAM [--data ../shared/data/catalog-10k.jsonl] [--most 400]

Asks the demo shop, and a shop of the products of a file if it is there (it does not come with the program). In each word of at
least five letters one letter is put in, left out, replaced, or two change places; everything else of the name stays. The
product has to be among the first five hits; one of the same name is as good. Fails below 95 of 100.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import string
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from shop import Shop, await_index, get, search

DATA = Path(__file__).resolve().parents[3] / "shared/data/catalog-10k.jsonl"

ENOUGH = 0.95
FIRST = 5
SHORTEST = 5

# Columns that a shop has a place for, and the longest name.
KNOWN = ("sku", "name", "description", "category", "category_path", "tags", "brand", "price", "stock_quantity")
LONGEST_NAME = 255


def slips(word: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """One of each kind."""
    letter = chance.choice(string.ascii_lowercase)
    at = chance.randrange(len(word) + 1)
    yield "put in", word[:at] + letter + word[at:]
    at = chance.randrange(len(word))
    yield "left out", word[:at] + word[at + 1 :]
    if letter != word[at].lower():
        yield "replaced", word[:at] + letter + word[at + 1 :]
    at = chance.randrange(len(word) - 1)
    if word[at].lower() != word[at + 1].lower():
        yield "swapped", word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def names_of(base: str) -> list[str]:
    names, address = [], f"{base}/api/v1/products?limit=100"
    while address:
        page = get(address)
        names += [product["name"] for product in page["data"]]
        address = page["links"]["next"] and urllib.parse.urljoin(base, page["links"]["next"])
    return names


def measure(base: str, most: int) -> float:
    """The share that is found; prints it by kind."""
    await_index(base)
    chance = random.Random(7)
    names = names_of(base)
    asked, found = collections.Counter(), collections.Counter()
    for name in chance.sample(names, min(most, len(names))):
        words = name.split(" ")
        for at, word in enumerate(words):
            if len(word) < SHORTEST or not word.isalpha():
                continue
            for kind, slip in slips(word, chance):
                query = " ".join([*words[:at], slip, *words[at + 1 :]])
                hits = search(base, query, FIRST)["data"]
                asked[kind] += 1
                found[kind] += name in [hit["name"] for hit in hits]
    for kind, count in asked.items():
        print(f"  {kind:9} {found[kind]} of {count}")
    share = found.total() / asked.total()
    print(f"  together  {found.total()} of {asked.total()}: {100 * share:.1f} %")
    return share


def shown(value: object) -> object:
    """A text without what cannot be shown, which a shop refuses: one name of the 10,000 holds such a character."""
    if not isinstance(value, str):
        return value
    return "".join(sign for sign in value if sign.isprintable() or sign in "\n\t")


def copy_of(data: Path, home: Path) -> tuple[Path, int]:
    with data.open(encoding="utf-8") as file:
        products = [json.loads(line) for line in file]
    rows = [{key: shown(product[key]) for key in KNOWN if product.get(key) is not None} for product in products]
    for row in rows:
        row["name"] = row["name"][:LONGEST_NAME].strip()
    copy = home / "products.jsonl"
    copy.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return copy, len(rows)


def measure_shop(title: str, program: Path, most: int, data: Path | None) -> float:
    with tempfile.TemporaryDirectory(prefix="vitrine-search-") as home:
        shop = Shop(program, Path(home))
        if data:
            shop.fill(*copy_of(data, Path(home)))
        else:
            shop.seed()
        process, base = shop.open()
        print(title)
        try:
            return measure(base, most)
        finally:
            process.terminate()
            process.wait(timeout=30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--most", type=int, default=400, help="products whose names are asked for")
    options = parser.parse_args()
    program = options.program.resolve()
    shares = [measure_shop("demo shop", program, options.most, None)]
    if options.data.is_file():
        shares.append(measure_shop(options.data.name, program, options.most, options.data))
    else:
        print(f"SKIPPED: {options.data} is missing (--data)")
    if min(shares) < ENOUGH:
        sys.exit(f"fewer than {ENOUGH:.0%} were found")


if __name__ == "__main__":
    main()
