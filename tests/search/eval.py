#!/usr/bin/env python3
"""Measures how well the search ranks: asks a fresh shop, through its public API, what people have graded the answers to.

    tests/search/eval.py PROGRAM [--data ../shared/data/relevance] [--run RUN.tsv]

The data (products.jsonl, queries.tsv, qrels.tsv, ndcg.py) does not come with the program. Prints what ndcg.py prints, and how
long a search took; writes the run file if asked to. A query without hits, or an answer from the database instead of the
index, fails.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from shop import Shop, await_index, get, search

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared/data/relevance"

# ndcg.py looks at ten hits, and at the first ten that were judged: as many pages as that may take, each as long as can be.
PAGES = 3
PAGE = 100

# Columns of the data that a shop has no place for, and what is too long for it: one name of the 19,406.
FOREIGN = ("id", "source", "popularity")
LONGEST_NAME = 255


def as_the_shop_has_it(product: dict) -> dict:
    known = {key: value for key, value in product.items() if key not in FOREIGN}
    return {**known, "name": product["name"][:LONGEST_NAME].strip()}


def found(base: str, query: str) -> list[dict]:
    """Pages of an answer, the first one first."""
    pages = [search(base, query, PAGE)]
    while len(pages) < PAGES and (following := pages[-1]["links"]["next"]):
        pages.append(get(urllib.parse.urljoin(base, following)))
    return pages


def ask(base: str, queries: list[tuple[str, str]], ids: dict[str, str]) -> tuple[list[str], list[float]]:
    """The lines of a run file, and the milliseconds of each search."""
    lines, times = [], []
    for query_id, query in queries:
        begun = time.perf_counter()
        get(f"{base}/api/v1/search?{urllib.parse.urlencode({'q': query})}")
        times.append((time.perf_counter() - begun) * 1000)
        pages = found(base, query)
        if any(page["meta"].get("degraded") for page in pages):
            sys.exit(f"{query}: answered by the database")
        if not pages[0]["data"]:
            print(f"no hits: {query}")
        lines += [f"{query_id}\t{ids[product['sku']]}\n" for page in pages for product in page["data"]]
    return lines, times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--run", type=Path)
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is missing: the graded answers do not come with the program (--data)")
    with (options.data / "products.jsonl").open(encoding="utf-8") as file:
        products = [json.loads(line) for line in file]
    with (options.data / "queries.tsv").open(encoding="utf-8") as file:
        queries = [(row["query_id"], row["query"]) for row in csv.DictReader(file, delimiter="\t") if row["usable"] == "1"]
    with tempfile.TemporaryDirectory(prefix="vitrine-search-") as home:
        measure(options, Path(home), products, queries)


def measure(options: argparse.Namespace, home: Path, products: list[dict], queries: list[tuple[str, str]]) -> None:
    file = home / "products.jsonl"
    file.write_text("".join(json.dumps(as_the_shop_has_it(product)) + "\n" for product in products), encoding="utf-8")
    shop = Shop(options.program.resolve(), home)
    shop.fill(file, len(products))
    process, base = shop.open()
    try:
        await_index(base)
        lines, times = ask(base, queries, {product["sku"]: product["id"] for product in products})
    finally:
        process.terminate()
        process.wait(timeout=30)
    run = options.run or home / "run.tsv"
    run.write_text("query_id\tproduct_id\n" + "".join(lines), encoding="utf-8")
    print(f"{len(products)} products, a search {statistics.median(times):.1f} ms (median), {max(times):.1f} ms at most")
    judged = subprocess.run([sys.executable, options.data / "ndcg.py", run], check=True, capture_output=True, text=True)
    print(judged.stdout.strip())
    if "no hits 0" not in judged.stdout:
        sys.exit("queries without hits")


if __name__ == "__main__":
    main()
