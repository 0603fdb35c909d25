"""A finished page against everybody else who could serve the same bytes."""

from __future__ import annotations

from contextlib import ExitStack

from asking import PLAIN, Answer, get
from contest import HEAD, Contestant, Record, contest, ratio, row
from figures import Section, Table, number
from peers import CACHED_TIMES, VENDURE
from rivals import Bare, Nginx, Rival, Varnish, is_installed, same_page, unpacked
from shop import CACHED, Shop
from stage import ENCODINGS, Page, Stage, contestant, pages, say, steady_answer

OURS = "vitrine"
NGINX = "nginx, sendfile"
NGINX_BUFFERED = "nginx, no sendfile"
VARNISH = "Varnish"
BARE = "bare actix-web"
BARE_HEADERS = "bare actix-web, our headers"

# Of a page that is found each time.
MOST_QUERIES = 0.001

EXPLANATION = """\
One page, asked for by 64 connections. All serve byte for byte the same body; nginx reads it from files (`gzip_static`, open
files cached, no log), Varnish has fetched it from the shop once, bare actix-web is one handler that returns the bytes, once with
the content's headers only and once with all headers of ours. One worker each, all on one core. "times" divides our answers by
those of the same round; 1.10 means a tenth more. For p99 and CPU less than 1 is better."""


def run(stage: Stage) -> Section:
    section = Section("cached", "A finished page", EXPLANATION)
    if not stage.has_cache:
        section.notes.append("This build has no page cache: `vitrine` makes each page anew here.")
    with stage.on_sqlite("cached", stage.options.smallest, CACHED) as shop:
        for page in pages(shop):
            plain = steady_answer(shop, page, PLAIN)
            for encoding, headers in ENCODINGS.items():
                answer = steady_answer(shop, page, headers)
                if encoding != "plain" and answer.encoding == "identity":
                    section.notes.append(
                        f"{page.name}: this build does not compress, so there is nothing to compare with gzip."
                    )
                    continue
                if unpacked(answer) != plain.body:
                    raise RuntimeError(f"{page.path} says something else when compressed")
                say(f"cached: {page.name}, {encoding}, {len(answer.body)} bytes")
                compare(stage, shop, page, encoding, answer, plain, section)
    return section


def compare(
    stage: Stage, shop: Shop, page: Page, encoding: str, answer: Answer, plain: Answer, section: Section
) -> None:
    headers = ENCODINGS[encoding]
    with ExitStack() as open_rivals:
        rivals = started(stage, shop, page, answer, plain, open_rivals)
        contestants = [contestant(OURS, shop, page)]
        for name, rival in rivals.items():
            fault = same_page(answer, get(rival.url, headers))
            if fault:
                raise RuntimeError(f"{name} does not serve {page.path} as {OURS} does: {fault}")
            contestants.append(Contestant(name, rival.url, rival.pids))
        records = contest(stage.options, contestants, headers, section.notes)
    title = f"{page.name}, {encoding}: {len(answer.body):,} bytes"
    section.tables.append(table(title, records))
    section.raw += [
        {"page": page.path, "encoding": encoding, "bytes": len(answer.body), **record.raw()}
        for record in records
    ]
    judge(stage, page, encoding, records, section)


def started(
    stage: Stage, shop: Shop, page: Page, answer: Answer, plain: Answer, stack: ExitStack
) -> dict[str, Rival]:
    """The others, each with the page ready."""
    found: dict[str, Rival] = {}
    if is_installed("nginx"):
        for name, sendfile in ((NGINX, True), (NGINX_BUFFERED, False)):
            found[name] = stack.enter_context(Nginx(stage.home(f"nginx-{sendfile}"), plain, answer, sendfile))
    if is_installed("varnishd"):
        found[VARNISH] = stack.enter_context(Varnish(stage.home("varnish"), shop.base + page.path))
    for name, with_all_headers in ((BARE, False), (BARE_HEADERS, True)):
        home = stage.home(f"bare-{with_all_headers}")
        found[name] = stack.enter_context(
            Bare(home, stage.options.bare, shop.base + page.path, answer, with_all_headers)
        )
    return found


def table(title: str, records: list[Record]) -> Table:
    ours = records[0]
    shown = Table([*HEAD, "times", "p99 times", "CPU times"], title=title)
    for record in records:
        compared = (
            ["", "", ""]
            if record is ours
            else [ratio(ours, record, of).show() for of in ("rates", "p99", "cpu")]
        )
        shown.rows.append(row(record) + compared)
    return shown


def judge(stage: Stage, page: Page, encoding: str, records: list[Record], section: Section) -> None:
    by_name = {record.name: record for record in records}
    ours = by_name[OURS]
    what = f"cached {page.name}, {encoding}"

    def claim(about: str, target: str, measured: str, holds: bool, *compared: Record) -> None:
        can_tell = stage.has_cache and not any(record.is_disturbed for record in (ours, *compared))
        section.claim(f"{what}: {about}", target, measured, holds if can_tell else None)

    for name in (NGINX, NGINX_BUFFERED):
        if name in by_name:
            rates, p99 = ratio(ours, by_name[name], "rates"), ratio(ours, by_name[name], "p99")
            claim(
                f"throughput against {name}",
                ">= 1.10 times",
                rates.show(),
                rates.middle >= 1.10,
                by_name[name],
            )
            claim(f"p99 against {name}", "<= 1.05 times", p99.show(), p99.middle <= 1.05, by_name[name])
    bare = ratio(ours, by_name[BARE], "rates")
    claim(
        "throughput against bare actix-web", ">= 0.90 times", bare.show(), bare.middle >= 0.90, by_name[BARE]
    )
    queries = ours.queries_per_request or 0
    if stage.has_cache and queries > MOST_QUERIES:
        section.notes.append(
            f"{what} was not always found: {queries:.3f} pieces of database work per answer."
        )
    if page.name.startswith("list"):
        times = ours.per_core_second / VENDURE.rate
        claim(
            f"answers per second of one core against {VENDURE.name}, {VENDURE.rate:g}/s",
            f">= {CACHED_TIMES} times",
            f"{number(times)} times",
            times >= CACHED_TIMES,
        )
