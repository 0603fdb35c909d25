"""A finished page against everybody else who could serve the same bytes."""

from __future__ import annotations

from contextlib import ExitStack

from asking import Answer, get
from contest import HEAD, Contestant, Record, can_tell, can_tell_p99, contest, ratio, row
from figures import Section, Table, number
from peers import CACHED_TIMES, VENDURE
from rivals import Bare, Nginx, Rival, Varnish, is_installed, same_page, unpacked
from shop import CACHED, Shop
from stage import ENCODINGS, Page, Stage, contestant, pages, say, steady_answer

OURS = "vitrine"
NGINX = "nginx, sendfile"
NGINX_BUFFERED = "nginx, no sendfile"
NGINX_HEADERS = "nginx, no sendfile, our headers"
VARNISH = "Varnish"
BARE = "bare actix-web"
BARE_HEADERS = "bare actix-web, our headers"

LEAST_OF_NGINX = 1.10
MOST_OF_NGINX_P99 = 1.05
LEAST_OF_BARE = 0.90
# Of a page that is found each time.
MOST_QUERIES = 0.001

EXPLANATION = """\
One page, asked for by 64 connections. All serve byte for byte the same body; nginx reads it from files (`gzip_static`, open
files cached, no log; with `sendfile`, without, and with the headers that ours sends for visitors' protection), Varnish has
fetched it from the shop once, bare actix-web is one handler that returns the bytes, once with the content's headers only and
once with all headers of ours. One worker each, all on one core. "times" divides our answers by those of the same round; 1.10
means a tenth more. For p99 and CPU less than 1 is better."""


def run(stage: Stage) -> Section:
    section = Section("cached", "A finished page", EXPLANATION)
    if not stage.has_cache:
        section.notes.append("This build has no page cache: `vitrine` makes each page anew here.")
    with stage.on_sqlite("cached", stage.options.smallest, CACHED) as shop:
        for page in pages(shop):
            answers = {name: steady_answer(shop, page, headers) for name, headers in ENCODINGS.items()}
            plain = answers["plain"]
            for encoding, answer in answers.items():
                if encoding != "plain" and answer.encoding == "identity":
                    section.notes.append(
                        f"{page.name}: this build does not compress, so plain is all there is."
                    )
                    continue
                if unpacked(answer) != plain.body:
                    raise RuntimeError(f"{page.path} says something else when compressed")
                say(f"cached: {page.name}, {encoding}, {len(answer.body)} bytes")
                compare(stage, shop, page, encoding, answers, section)
    return section


def compare(
    stage: Stage, shop: Shop, page: Page, encoding: str, answers: dict[str, Answer], section: Section
) -> None:
    answer, headers = answers[encoding], ENCODINGS[encoding]
    with ExitStack() as open_rivals:
        rivals = started(stage, shop, page, answers, answer, open_rivals)
        contestants = [contestant(OURS, shop, page)]
        for name, rival in rivals.items():
            fault = same_page(answer, get(rival.url, headers))
            if fault:
                raise RuntimeError(f"{name} does not serve {page.path} as {OURS} does: {fault}")
            contestants.append(Contestant(name, rival.url, rival.pids))
        records = contest(stage.options, contestants, headers, section.notes)
    title = f"{page.name}, {encoding}: {len(answer.body):,} bytes"
    section.tables.append(table(title, records))
    facts: dict[str, object] = {"page": page.path, "encoding": encoding, "bytes": len(answer.body)}
    section.raw += [{**facts, **record.raw()} for record in records]
    judge(stage, page, encoding, records, section)


def started(
    stage: Stage, shop: Shop, page: Page, answers: dict[str, Answer], answer: Answer, stack: ExitStack
) -> dict[str, Rival]:
    """The others, each with the page ready. nginx has both files: it looks for the other one in any case."""
    found: dict[str, Rival] = {}
    if is_installed("nginx"):
        kinds = ((NGINX, True, ()), (NGINX_BUFFERED, False, ()), (NGINX_HEADERS, False, answer.headers))
        for place, (name, sendfile, headers) in enumerate(kinds):
            home = stage.home(f"nginx-{place}")
            rival = Nginx(home, answers["plain"], answers["gzip"], sendfile, headers)
            found[name] = stack.enter_context(rival)
    if is_installed("varnishd"):
        found[VARNISH] = stack.enter_context(Varnish(stage.home("varnish"), shop.base + page.path))
    for name, with_all_headers in ((BARE, False), (BARE_HEADERS, True)):
        home = stage.home(f"bare-{with_all_headers}")
        program, url = stage.options.bare, shop.base + page.path
        found[name] = stack.enter_context(Bare(home, program, url, answer, with_all_headers))
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

    def claim(about: str, target: str, measured: str, holds: bool, is_known: bool) -> None:
        known = stage.has_cache and is_known
        section.claim(f"{what}: {about}", target, measured, holds if known else None)

    for name in (NGINX, NGINX_BUFFERED, NGINX_HEADERS):
        if name in by_name:
            nginx = by_name[name]
            rates, p99 = ratio(ours, nginx, "rates"), ratio(ours, nginx, "p99")
            is_fast, is_even = rates.middle >= LEAST_OF_NGINX, p99.middle <= MOST_OF_NGINX_P99
            target = f">= {LEAST_OF_NGINX:.2f} times"
            claim(f"throughput against {name}", target, rates.show(), is_fast, can_tell(ours, nginx))
            target = f"<= {MOST_OF_NGINX_P99:.2f} times"
            claim(f"p99 against {name}", target, p99.show(), is_even, can_tell_p99(ours, nginx))
    for name in (BARE, BARE_HEADERS):
        rates = ratio(ours, by_name[name], "rates")
        is_close = rates.middle >= LEAST_OF_BARE
        target = f">= {LEAST_OF_BARE:.2f} times"
        claim(f"throughput against {name}", target, rates.show(), is_close, can_tell(ours, by_name[name]))
    queries = ours.queries_per_request or 0
    if stage.has_cache and queries > MOST_QUERIES:
        section.notes.append(
            f"{what} was not always found: {queries:.3f} pieces of database work per answer."
        )
    if page.name.startswith("list"):
        times = ours.per_core_second / VENDURE.rate
        about = f"answers per second of one core against {VENDURE.name}, {VENDURE.rate:g}/s"
        claim(about, f">= {CACHED_TIMES} times", f"{number(times)} times", times >= CACHED_TIMES, True)
