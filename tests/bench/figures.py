"""Numbers and how they are shown: medians with their range, ratios of rounds that ran side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Spread:
    """A median and how far the values lie apart."""

    middle: float
    least: float
    most: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        return Spread(median(values), min(values), max(values))

    @staticmethod
    def of_ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
        """Of values measured in the same round."""
        return Spread.of(
            [one / other if other else float("nan") for one, other in zip(above, below, strict=True)]
        )

    def show(self, digits: int = 2, unit: str = "") -> str:
        return (
            f"{number(self.middle, digits)}{unit} ({number(self.least, digits)}-{number(self.most, digits)})"
        )


def number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def products(size: int) -> str:
    return f"{size:,} products"


@dataclass
class Table:
    head: list[str]
    rows: list[list[str]] = field(default_factory=list)
    title: str = ""


@dataclass
class Claim:
    """Something that the figures have to show."""

    what: str
    target: str
    measured: str
    holds: bool | None
    """`None` where this build, or this machine, cannot tell."""


@dataclass
class Section:
    """What a scenario found."""

    name: str
    title: str
    explanation: str
    tables: list[Table] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    raw: list[dict[str, object]] = field(default_factory=list)

    def claim(self, what: str, target: str, measured: str, holds: bool | None) -> None:
        self.claims.append(Claim(what, target, measured, holds))
