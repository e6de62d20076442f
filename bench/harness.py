"""What every measurement shares: the row it reports, and pairs measured side by side.

A figure is a ratio of two things done in the same run on the same machine: ours and a plain reference written beside
it. Pairs are taken in turn (ours, reference; reference, ours; …), so that a slow moment of the machine hits both.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

PAIRS = 5


@dataclass(frozen=True)
class Row:
    """One line of `make bench`. `ratio` is value ÷ against_value; `at_most` says which side of `goal` is good."""

    name: str
    value: float
    unit: str
    against: str
    against_value: float
    ratio: float
    goal: float
    at_most: bool = True

    @property
    def holds(self) -> bool:
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def line(self) -> str:
        """The row as one JSON object, figures to four significant digits."""
        return json.dumps(
            {
                "name": self.name,
                "value": significant(self.value),
                "unit": self.unit,
                "against": self.against,
                "against_value": significant(self.against_value),
                "ratio": significant(self.ratio),
                "goal": f"{'<=' if self.at_most else '>='} {self.goal:g}",
                "holds": self.holds,
            },
            ensure_ascii=False,
        )


def significant(figure: float) -> float:
    return float(f"{figure:.4g}")


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def seconds_each(work: Callable[[], object], *, times: int) -> float:
    """How long one of `times` calls takes."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def pairs(
    ours: Callable[[], float], reference: Callable[[], float], *, count: int = PAIRS
) -> tuple[float, float, float]:
    """Medians of ours, of the reference and of their ratios over `count` (at least 5) pairs, after a warm-up of each.

    Both return a figure in the same unit, usually from `seconds` or `seconds_each`.
    """
    if count < PAIRS:
        raise ValueError(f"at least {PAIRS} pairs")
    ours()
    reference()
    measured: list[tuple[float, float]] = []
    for turn in range(count):
        if turn % 2 == 0:
            first = ours()
            measured.append((first, reference()))
        else:
            second = reference()
            measured.append((ours(), second))
    return (
        median(a for a, _ in measured),
        median(b for _, b in measured),
        median(a / b for a, b in measured),
    )


def compare(
    name: str,
    *,
    ours: Callable[[], float],
    against: str,
    reference: Callable[[], float],
    goal: float,
    unit: str = "s",
    at_most: bool = True,
    count: int = PAIRS,
) -> Row:
    """Measure pairs and make the row."""
    value, against_value, ratio = pairs(ours, reference, count=count)
    return Row(name, value, unit, against, against_value, ratio, goal, at_most)
