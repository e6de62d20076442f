"""Who has to stand back from a paper: one's own, one's institution's, or that of a declared relation (rules M3)."""

from __future__ import annotations

from dataclasses import dataclass

from kupasi.refusals import RefusalFact

CLAUSE = "本单位规定：阅卷回避"


@dataclass(frozen=True, slots=True)
class PaperFact:
    """Whose paper it is: the person, that person's account, and the institutions that filed or keep the person."""

    candidate: int
    account: int | None
    institutions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Ties:
    """A marker: the account, the institution acted for, and what relations were declared and still stand."""

    account: int
    acts_for: int | None
    institutions: frozenset[int] = frozenset()
    candidates: frozenset[int] = frozenset()


def judge_relation(paper: PaperFact, ties: Ties) -> RefusalFact | None:
    """`conflict_of_interest` where a marker has to leave a paper to somebody else; one reason for all, names nobody."""
    own = paper.account is not None and paper.account == ties.account
    near = ties.acts_for is not None and ties.acts_for in paper.institutions
    declared = paper.candidate in ties.candidates or bool(paper.institutions & ties.institutions)
    if own or near or declared:
        return RefusalFact("conflict_of_interest", "这份答卷与您有利害关系，按规定回避，由其他人员录入。", CLAUSE)
    return None
