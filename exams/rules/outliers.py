"""Pass rates that chance hardly explains: Fisher's exact test, and Holm's correction for asking many times.

A hint for the supervisor, never a verdict: each group is compared with all the others of the same subject, whatever its
size, and nothing is a fixed percentage. Everything is counted in whole numbers until the last division.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Group(Generic[Key]):
    """One group of papers: how many passed of how many, and what it is compared with (the rest)."""

    key: Key
    passed: int
    papers: int
    rest_passed: int
    rest_papers: int


@dataclass(frozen=True, slots=True)
class Hint(Generic[Key]):
    """A group with its p-value, alone and corrected for how many groups were looked at."""

    group: Group[Key]
    p_value: float
    adjusted: float


def fisher_exact(passed: int, papers: int, rest_passed: int, rest_papers: int) -> float:
    """Two-sided p-value of Fisher's exact test for passed of papers against rest_passed of rest_papers.

    The sum of the probabilities of all tables, with the same margins, that are no likelier than the one seen.
    1.0 where there is nothing to compare.
    """
    failed, everybody = papers - passed + rest_papers - rest_passed, papers + rest_papers
    all_passed = passed + rest_passed
    if not papers or not rest_papers or not failed or not all_passed:
        return 1.0
    low, high = max(0, papers - failed), min(papers, all_passed)
    seen = comb(all_passed, passed) * comb(failed, papers - passed)
    ways = comb(all_passed, low) * comb(failed, papers - low)
    total = 0
    for hits in range(low, high + 1):
        if ways <= seen:
            total += ways
        if hits < high:
            ways = ways * (all_passed - hits) * (papers - hits) // ((hits + 1) * (failed - papers + hits + 1))
    return float(Fraction(total, comb(everybody, papers)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction, in the order given: what may be compared with the level as if asked once."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted


def outliers(groups: Sequence[Group[Key]], *, level: float) -> list[Hint[Key]]:
    """The groups whose corrected p-value is at most `level`, the most surprising first."""
    values = [fisher_exact(one.passed, one.papers, one.rest_passed, one.rest_papers) for one in groups]
    hints = [Hint(*three) for three in zip(groups, values, holm(values), strict=True)]
    return sorted((one for one in hints if one.adjusted <= level), key=lambda one: one.p_value)
