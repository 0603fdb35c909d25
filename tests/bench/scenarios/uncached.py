"""What a page costs that nobody has asked for yet: from SQLite and from a MariaDB replica, at each size."""

from __future__ import annotations

from contextlib import ExitStack

from asking import PLAIN
from contest import HEAD, Record, contest, ratio, row
from figures import Section, Table, number
from peers import LISTS_OF_24, UNCACHED_TIMES, VENDURE
from services import MariaDb
from shop import UNCACHED, Shop
from stage import Page, Stage, contestant, pages, say, steady_answer

EXPLANATION = """\
The cache is off, so each answer is made from the database; server and databases share the core, and CPU is that of all of them.
"queries" are pieces of database work per answer, as the server counts them. On MariaDB every read goes to the replica; its
buffer pool is the 32 MiB of the tests. The last column compares the CPU time with that at the smallest size."""


def run(stage: Stage) -> Section:
    section = Section("uncached", "A page from the database", EXPLANATION)
    with ExitStack() as stack:
        shops = started(stage, stack)
        first = next(iter(shops.values()))[0]
        for number_of_page, page in enumerate(pages(first)):
            say(f"uncached: {page.name}")
            contestants = []
            for name, (shop, others) in shops.items():
                own = pages(shop)[number_of_page]
                steady_answer(shop, own, PLAIN)
                contestants.append(contestant(name, shop, own, *others))
            records = contest(stage.options, contestants, PLAIN, section.notes)
            section.tables.append(table(stage, page, records))
            section.raw += [{"page": page.path, **record.raw()} for record in records]
            judge(page, records, section)
    section.tables.append(peers())
    return section


def started(stage: Stage, stack: ExitStack) -> dict[str, tuple[Shop, list[int]]]:
    """A shop per database and size, with the database processes that work for it."""
    found: dict[str, tuple[Shop, list[int]]] = {}
    if "sqlite" in stage.options.databases:
        for size in stage.options.sizes:
            shop = stack.enter_context(stage.on_sqlite(f"uncached-{size}", size, UNCACHED))
            found[f"SQLite, {size:,}"] = (shop, [])
    if "mariadb" in stage.options.databases:
        servers = stack.enter_context(MariaDb())
        for size in stage.options.sizes:
            say(f"uncached: {size} products on MariaDB")
            shop = stack.enter_context(stage.on_mariadb(f"uncached-mariadb-{size}", size, servers, UNCACHED))
            found[f"MariaDB replica, {size:,}"] = (shop, servers.pids())
        servers.pin()
    return found


def table(stage: Stage, page: Page, records: list[Record]) -> Table:
    shown = Table([*HEAD, "queries", "CPU times"], title=page.name)
    for at, record in enumerate(records):
        smallest = records[at - at % len(stage.options.sizes)]
        shown.rows.append(
            [*row(record), number(record.queries_per_request or 0, 1), ratio(record, smallest, "cpu").show()]
        )
    return shown


def judge(page: Page, records: list[Record], section: Section) -> None:
    if page.name.startswith("list"):
        ours = records[0]
        times = ours.per_core_second / VENDURE.rate
        section.claim(
            f"uncached {page.name}, {ours.name} products: answers per second of one core against {VENDURE.name}, "
            f"{VENDURE.rate:g}/s",
            f">= {UNCACHED_TIMES} times",
            f"{number(times, 1)} times",
            times >= UNCACHED_TIMES,
        )


def peers() -> Table:
    shown = Table(
        ["", "100: answers/s", "CPU ms", "10,000: answers/s", "CPU ms"],
        title="Lists of 24 by others, measured before",
    )
    for peer in LISTS_OF_24:
        figures = (peer.rate, peer.cpu_ms, peer.rate_10k, peer.cpu_ms_10k)
        shown.rows.append([peer.name, *(f"{figure:g}" for figure in figures)])
    return shown
