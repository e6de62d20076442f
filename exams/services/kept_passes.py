"""The wallet of kept passes: what is kept, until when, what may be retaken for how much, and when (通知 四).

A person's standing in an occupation begins with the newest full sitting that was not cancelled; what was passed before
it is either certified or given up. Everything is asked for many people at once with the same number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from exams.enums import EntryKind, EntrySource, EntryStatus, MarkStatus
from exams.models import Entry, Fee, Mark, Occupation, RetakeScheme, Subject
from exams.rules.calendar import WindowFact
from exams.rules.fees import FeeAnswer, PriceFact, fee_on
from exams.rules.retakes import RetakeAnswer, Standing, judge_standing, retake_deadline
from kupasi.people.models import Candidate
from kupasi.refusals import RefusalFact

from .calendar import public_windows
from .settings import number

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """A passed subject that waits for the others: its mark, exam day, and the last day for a retake (rules T2)."""

    mark_id: int
    subject: Subject
    value: Decimal
    passed_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one person may retake in one occupation on a day, or why not (codes of `judge_standing`).

    `kept` also lists passes that have run out; `valid_until` is the last day for the application. `windows` are the
    published ones in which it can still be made.
    """

    candidate_id: int
    occupation: Occupation
    on: date
    kept: tuple[Kept, ...] = ()
    subjects: tuple[Subject, ...] = ()
    valid_until: date | None = None
    fee: FeeAnswer | None = None
    windows: tuple[WindowFact, ...] = ()
    refusals: tuple[RefusalFact, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Whether a retake may be applied for."""
        return not self.refusals

    @property
    def days_left(self) -> int:
        """Days in which the retake can still be applied for, today counted; 0 where there is none."""
        return max((self.valid_until - self.on).days + 1, 0) if self.is_allowed and self.valid_until else 0

    @property
    def is_expired(self) -> bool:
        """Whether the two years are over."""
        return any(one.code == "retake_expired" for one in self.refusals)

    @property
    def codes(self) -> list[str]:
        """The codes of the subjects to sit."""
        return [one.code for one in self.subjects]


class _Sat(NamedTuple):
    """An entry as far as a standing needs it."""

    pk: int
    candidate: int
    occupation: int
    kind: str
    source: str
    mode: int


@dataclass(slots=True)
class _Chain:
    """The newest full sitting and the retakes after it, with their published marks in order."""

    first: _Sat | None = None
    in_competition: bool = False
    marks: tuple[Mark, ...] = ()

    @property
    def passes(self) -> dict[str, Mark]:
        """Each subject passed, with the mark that says so."""
        return {one.seat.subject.code: one for one in self.marks if _is_pass(one)}


@dataclass(frozen=True, slots=True)
class _Rows:
    """What every answer is made of: read once for all."""

    occupations: Mapping[int, Occupation]
    subjects: Mapping[int, list[Subject]]
    prices: Mapping[int, list[PriceFact]]
    schemes: list[RetakeScheme]
    windows: list[WindowFact]
    years: int


def entitlements(
    candidate_ids: Collection[int], *, occupation_ids: Collection[int], on: date
) -> dict[Key, Entitlement]:
    """What each of these people may retake in each occupation on a day, by (candidate, occupation).

    Every pair has an answer; who never passed a part has `retake_none_passed`. The number of queries is constant.
    """
    rows = _rows(occupation_ids)
    chains = _chains(candidate_ids, occupation_ids)
    pairs = [(person, occupation) for person in candidate_ids for occupation in rows.occupations]
    return {pair: _answer(pair, chains.get(pair, _Chain()), rows, on=on) for pair in pairs}


def entitlement(candidate_id: int, occupation_id: int, *, on: date) -> Entitlement:
    """What one person may retake in one occupation on a day."""
    return entitlements([candidate_id], occupation_ids=[occupation_id], on=on)[candidate_id, occupation_id]


def wallet(candidate: Candidate, *, on: date) -> list[Entitlement]:
    """The occupations in which a person has passed a part and not yet the whole; also those that have run out."""
    sat = Entry.objects.live().filter(candidate=candidate, source=EntrySource.REGULAR)
    ids = list(sat.order_by().values_list("exam_session__occupation", flat=True).distinct())
    if not ids:
        return []
    found = entitlements([candidate.pk], occupation_ids=ids, on=on).values()
    return [one for one in found if one.kept and not any(fact.code == "retake_nothing_failed" for fact in one.refusals)]


def at_stake(candidate_id: int, occupation_id: int, *, on: date, before: int | None = None) -> tuple[Kept, ...]:
    """The passes that a full application gives up when it is confirmed on the day (rules T4).

    `before` is the key of its entry: only what was entered earlier counts.

    Whoever has passed everything has nothing to give up: there is no retake.
    """
    chain = _chains([candidate_id], [occupation_id], before=before).get((candidate_id, occupation_id))
    if chain is None or chain.first is None or not chain.marks:
        return ()
    years = number("retake_years")
    subjects = list(Subject.objects.filter(occupation=occupation_id))
    passes = {one.seat.subject.code: one for one in chain.marks if _is_pass(one, also_held=True)}
    if not set(_required(chain.first, subjects)) - set(passes):
        return ()
    return tuple(one for one in _kept(passes.values(), years=years) if on <= one.valid_until)


def _is_pass(mark: Mark, *, also_held: bool = False) -> bool:
    """Whether a published mark is a pass that still stands."""
    if mark.status != MarkStatus.NORMAL or mark.value is None or (mark.is_held and not also_held):
        return False
    return bool(mark.value >= mark.seat.subject.pass_mark)


def _kept(marks: Iterable[Mark], *, years: int) -> tuple[Kept, ...]:
    found = []
    for one in marks:
        if one.seat.sitting is not None and one.value is not None:
            day = one.seat.sitting.on
            until = retake_deadline(day, years=years)
            found.append(Kept(one.pk, one.seat.subject, one.value, day, until))
    return tuple(found)


def _chains(
    candidate_ids: Collection[int], occupation_ids: Collection[int], *, before: int | None = None
) -> dict[Key, _Chain]:
    """Each pair's newest full sitting with the retakes after it, and all that was published of them."""
    rows = Entry.objects.live().filter(candidate__in=candidate_ids, exam_session__occupation__in=occupation_ids)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    listed = rows.order_by("exam_session__exam_month", "pk")
    names = ("pk", "candidate_id", "exam_session__occupation_id", "kind", "source", "exam_mode")
    chains: dict[Key, _Chain] = defaultdict(_Chain)
    of: dict[int, _Chain] = {}
    for entry in map(_Sat._make, listed.values_list(*names)):
        chain = chains[entry.candidate, entry.occupation]
        if entry.source == EntrySource.COMPETITION:
            chain.in_competition = True
        elif entry.kind == EntryKind.FULL:
            chain = chains[entry.candidate, entry.occupation] = _Chain(entry, chain.in_competition)
        if entry.source == EntrySource.REGULAR and chain.first is not None:
            of[entry.pk] = chain
    for mark in _marks(of):
        of[mark.seat.entry_id].marks += (mark,)
    return chains


def _marks(of: Collection[int]) -> Iterable[Mark]:
    """What was published of these entries and never given up, the earliest exam first."""
    rows = Mark.objects.published().filter(seat__entry__in=of, given_up=None)
    rows = rows.filter(seat__entry__status=EntryStatus.PUBLISHED).select_related("seat__subject", "seat__sitting")
    return rows.order_by("seat__sitting__on", "pk")


def _rows(occupation_ids: Collection[int]) -> _Rows:
    subjects: dict[int, list[Subject]] = defaultdict(list)
    for subject in Subject.objects.filter(occupation__in=occupation_ids).order_by("order", "pk"):
        subjects[subject.occupation_id].append(subject)
    prices: dict[int, list[PriceFact]] = defaultdict(list)
    listed = Fee.objects.filter(subject__occupation__in=occupation_ids)
    for fee in listed.select_related("subject"):
        fact = PriceFact(fee.subject.code, fee.amount, fee.effective_from, fee.effective_until)
        prices[fee.subject.occupation_id].append(fact)
    schemes = RetakeScheme.objects.filter(occupation__in=occupation_ids).select_related("old_subject", "new_subject")
    return _Rows(
        Occupation.objects.in_bulk(occupation_ids), subjects, prices, list(schemes), public_windows(),
        number("retake_years"),
    )  # fmt: skip


def _required(first: _Sat, subjects: Iterable[Subject]) -> tuple[str, ...]:
    """The subjects of the full sitting, by its exam mode."""
    return tuple(one.code for one in subjects if one.is_in(first.mode))


def _answer(pair: Key, chain: _Chain, rows: _Rows, *, on: date) -> Entitlement:
    person, occupation = pair[0], rows.occupations[pair[1]]
    kept = _kept(chain.passes.values(), years=rows.years)
    judged = _judge(chain, pair, kept, rows, on=on)
    if not judged.allowed:
        until = judged.valid_until
        return Entitlement(person, occupation, on, kept=kept, valid_until=until, refusals=judged.refusals)
    subjects = tuple(one for one in rows.subjects[pair[1]] if one.code in judged.subjects)
    until = judged.valid_until
    windows = tuple(one for one in rows.windows if until and one.closes_on >= on and one.opens_on <= until)
    fee = fee_on(on, rows.prices[pair[1]], [one.code for one in subjects])
    return Entitlement(person, occupation, on, kept, subjects, until, fee, windows)


def _judge(chain: _Chain, pair: Key, kept: tuple[Kept, ...], rows: _Rows, *, on: date) -> RetakeAnswer:
    if chain.first is None:
        source = EntrySource.COMPETITION if chain.in_competition else EntrySource.REGULAR
        return judge_standing(Standing(("",), {}, source=source), on=on)
    standing = Standing(
        _required(chain.first, rows.subjects[pair[1]]),
        {one.subject.code: one.passed_on for one in kept},
        chain.first.mode,
        any(one.is_held for one in chain.marks),
    )
    present = rows.occupations[pair[1]].exam_mode
    scheme: dict[str, list[str]] = defaultdict(list)
    for line in _lines(pair, chain.first.mode, present, rows.schemes):
        scheme[line.old_subject.code].append(line.new_subject.code)
    return judge_standing(standing, on=on, present_mode=present, scheme=scheme, years=rows.years)


def _lines(pair: Key, mode: int, present: int, schemes: Iterable[RetakeScheme]) -> list[RetakeScheme]:
    """What staff decided for the person, or else the published scheme."""
    fitting = [one for one in schemes if (one.occupation_id, one.from_mode, one.to_mode) == (pair[1], mode, present)]
    own = [one for one in fitting if one.candidate_id == pair[0]]
    decided = {one.old_subject_id for one in own}
    return own + [one for one in fitting if one.candidate_id is None and one.old_subject_id not in decided]
