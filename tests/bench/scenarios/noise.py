"""The same against itself: what a ratio has to exceed before it means anything."""

from __future__ import annotations

from contextlib import ExitStack

from asking import PLAIN
from contest import HEAD, Contestant, contest, ratio, row
from figures import Section, Table
from rivals import Nginx, is_installed
from shop import CACHED, UNCACHED
from stage import Stage, contestant, pages, say, steady_answer

EXPLANATION = """\
Two processes of the same program with the same page, in the same kind of rounds as everywhere below. Both columns ought to be
1.00; how far they are off is what this machine does by itself, and a ratio nearer to 1 than that says nothing."""


def run(stage: Stage) -> Section:
    section = Section("noise", "Noise", EXPLANATION)
    shown = Table([*HEAD, "times", "p99 times", "CPU times"])
    with ExitStack() as stack:
        size = stage.options.smallest
        names = (("vitrine, finished page", CACHED), ("vitrine, uncached page", UNCACHED))
        for number, (name, settings) in enumerate(names):
            shops = [
                stack.enter_context(stage.on_sqlite(f"noise-{number}-{twin}", size, settings))
                for twin in "ab"
            ]
            page = pages(shops[0])[0]
            pair(
                stage,
                [contestant(f"{name} ({twin})", shop, page) for twin, shop in zip("ab", shops, strict=True)],
                shown,
                section,
            )
        if is_installed("nginx"):
            answer = steady_answer(shops[0], page, PLAIN)
            twins = [
                stack.enter_context(Nginx(stage.home(f"noise-nginx-{twin}"), answer, answer, True))
                for twin in "ab"
            ]
            pair(
                stage,
                [
                    Contestant(f"nginx ({twin})", each.url, each.pids)
                    for twin, each in zip("ab", twins, strict=True)
                ],
                shown,
                section,
            )
    section.tables.append(shown)
    return section


def pair(stage: Stage, twins: list[Contestant], shown: Table, section: Section) -> None:
    say(f"noise: {twins[0].name}")
    first, second = contest(stage.options, twins, PLAIN, section.notes)
    compared = [ratio(first, second, of).show() for of in ("rates", "p99", "cpu")]
    shown.rows += [row(first) + compared, row(second) + ["", "", ""]]
    section.raw += [first.raw(), second.raw()]
