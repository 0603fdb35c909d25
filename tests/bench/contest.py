"""Contests: everybody has rounds of the same load in turn, on the same core, so that ratios can be trusted."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field

from figures import Spread, number
from load import Load, run
from options import Options
from processes import busy_seconds, cpu_seconds

MICROSECONDS = 1e6
# In cores. More, and both sides wait for their turn instead of working.
MOST_OTHERS = 0.35


@dataclass(frozen=True)
class Contestant:
    """Somebody who answers. `pids` are all processes that work for an answer."""

    name: str
    url: str
    pids: Callable[[], list[int]]
    queries: Callable[[], int] | None = None
    """Database work so far, where it can be told."""
    paths: list[str] | None = None
    """Asked for in turn instead of the one page of `url`."""
    during: Callable[[], AbstractContextManager[object]] = nullcontext
    """What goes on while it answers."""


@dataclass(frozen=True)
class Round:
    load: Load
    cpu_s: float
    others: float
    """What everybody else took of the machine meanwhile, in cores."""
    queries: int | None

    @property
    def cpu_us(self) -> float:
        """CPU time per request."""
        return self.cpu_s * MICROSECONDS / max(1, self.load.requests)

    @property
    def busy(self) -> float:
        """Share of one core that the servers used."""
        return self.cpu_s / self.load.seconds


@dataclass
class Record:
    """All rounds of one contestant."""

    name: str
    rounds: list[Round] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        return [each.load.rate for each in self.rounds]

    @property
    def p99(self) -> list[float]:
        return [each.load.p99_ms for each in self.rounds]

    @property
    def cpu(self) -> list[float]:
        return [each.cpu_us for each in self.rounds]

    @property
    def per_core_second(self) -> float:
        """Answers for a second of one core's time, whoever spends it: what throughput is when nothing waits."""
        return MICROSECONDS / Spread.of(self.cpu).middle

    @property
    def queries_per_request(self) -> float | None:
        known = [each.queries for each in self.rounds if each.queries is not None]
        return sum(known) / sum(each.load.requests for each in self.rounds) if known else None

    @property
    def others(self) -> float:
        return Spread.of([each.others for each in self.rounds]).middle

    @property
    def generator_busy(self) -> float:
        return Spread.of([each.load.generator_busy for each in self.rounds]).middle

    @property
    def busy(self) -> float:
        return Spread.of([each.busy for each in self.rounds]).middle

    def raw(self) -> dict[str, object]:
        rounds = [
            {**asdict(each.load), "cpu_s": each.cpu_s, "others": each.others, "queries": each.queries}
            for each in self.rounds
        ]
        return {"contestant": self.name, "rounds": rounds}


def can_tell(*records: Record) -> bool:
    """Whether these had the machine to themselves."""
    return not any(record.others > MOST_OTHERS for record in records)


def can_tell_p99(*records: Record) -> bool:
    """The same for rare events: real time pushes other work aside, except for 50 ms of each second."""
    return can_tell(*records) and os.sched_getscheduler(0) == os.SCHED_OTHER


def contest(
    options: Options, contestants: Sequence[Contestant], headers: Mapping[str, str], notes: list[str]
) -> list[Record]:
    """Turns of one round each; who comes first changes. A turn in which a request failed does not count and is told."""
    for each in contestants:
        run(each.url, options.warm_up, headers, each.paths)
    records = {each.name: Record(each.name) for each in contestants}
    played = 0
    for turn in range(2 * options.rounds):
        first = turn % len(contestants)
        order = [*contestants[first:], *contestants[:first]]
        rounds = {each.name: play(options, each, headers) for each in order}
        failed = {name: each.load for name, each in rounds.items() if each.load.failed}
        notes += [
            f"A turn was left out: {name} failed {load.failed} of {load.requests}."
            for name, load in failed.items()
        ]
        if not failed:
            played += 1
            for record in records.values():
                record.rounds.append(rounds[record.name])
        if played == options.rounds:
            return list(records.values())
    raise RuntimeError(f"too many rounds with failed requests: {' '.join(notes)}")


def play(options: Options, who: Contestant, headers: Mapping[str, str]) -> Round:
    """One round."""
    pids = who.pids()
    with who.during():
        asked = who.queries() if who.queries else 0
        spent, all_spent = cpu_seconds(pids), busy_seconds()
        load = run(who.url, options.seconds, headers, who.paths)
        spent, all_spent = cpu_seconds(pids) - spent, busy_seconds() - all_spent
    return Round(
        load, spent, others(all_spent - spent, [load]), who.queries() - asked if who.queries else None
    )


def others(spent: float, loads: Sequence[Load]) -> float:
    """What neither servers nor generators took of the machine, in cores, of CPU time that was not the servers'."""
    return max(0.0, spent / loads[0].seconds - sum(load.generator_busy for load in loads))


HEAD = ["", "answers/s", "p50 ms", "p99 ms", "CPU us", "server core", "wrk core", "others"]


def row(record: Record) -> list[str]:
    p50 = Spread.of([each.load.p50_ms for each in record.rounds])
    return [
        record.name,
        Spread.of(record.rates).show(0),
        number(p50.middle, 2),
        Spread.of(record.p99).show(2),
        Spread.of(record.cpu).show(1),
        f"{record.busy:.0%}",
        f"{record.generator_busy:.0%}",
        f"{record.others:.0%}",
    ]


def ratio(above: Record, below: Record, of: str) -> Spread:
    return Spread.of_ratios(getattr(above, of), getattr(below, of))
