"""What is known of a person on a roster, and what an institution may be told of it (rules E5–E9, T1–T7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from exams.enums import EntryKind
from kupasi.dates import Span
from registration.rules.eligibility import ApplicantFacts, eligibility
from registration.rules.roster_types import Finding, RowValues
from registration.sheets.enums import Column, Level

CLAUSE = "通知 二(二)"
NEUTRAL = Finding(
    Column.NUMBER,
    "not_accepted",
    "该人员目前不能由本机构申报这一职业。",
    fix="请本人登录查看，或由业务受理点核实。",
    clause=CLAUSE,
)
ALREADY = Finding(
    Column.NUMBER,
    "already_in_batch",
    "本机构在这个申报时间段的另一份名单里已有此人的同一职业。",
    fix="请从其中一份名单里删去这一行。",
    clause=CLAUSE,
)
SENTENCES = {
    "barred": ("该人员在这个评价月仍在禁考期内。", "请删去这一行，待禁考期满后再申报。"),
    "duplicate_application": ("该人员在这个评价月已申报过这一职业。", "请删去这一行，无需重复申报。"),
    "open_application": ("该人员有一份这一职业的申报尚未出成绩。", "请删去这一行，等成绩确定后再申报。"),
    "holds_certificate": ("该人员已持有这一职业的有效证书。", "请删去这一行；确有需要的，请本人到业务受理点说明理由。"),
    "retake_competition": ("竞赛成绩不合格不能补考。", "请改为“新考”，申报全部科目。"),
    "retake_none_passed": ("该人员没有这一职业的保留合格成绩，不能补考。", "请改为“新考”，申报全部科目。"),
    "retake_nothing_failed": ("所填科目里有已经合格、无需补考的。", "请只填写未合格的科目。"),
    "retake_expired": ("该人员的补考有效期已过。", "请改为“新考”，申报全部科目。"),
    "result_held": ("该人员有成绩暂缓公布。", "请先删去这一行，待处理完毕后再申报补考。"),
    "scheme_missing": (
        "考核模式已有变化，补考方案尚未覆盖该科目。",
        "请先删去这一行，由本人联系业务受理点确定补考科目。",
    ),
}
CLAUSES = {
    "barred": "须知 三、四",
    "holds_certificate": "通知 一",
    "result_held": "须知 末段",
    "scheme_missing": "通知 四(三)",
}
OF_RETAKES = frozenset(code for code in SENTENCES if code.startswith("retake_")) | {"result_held", "scheme_missing"}
GIVES_UP = Finding(
    Column.EXAM_KIND,
    "give_up_unconfirmed",
    "该人员有仍在有效期内的合格科目；按“新考”申报并缴费后，该成绩不再保留。",
    fix="可改为“补考”，只申报未合格的科目；仍要新考的，须由本人确认。",
    clause="通知 四(二)",
    level=Level.WARNING,
)


@dataclass(frozen=True, slots=True)
class RetakeFact:
    """What somebody may retake in one occupation (subject codes), or the codes against it.

    `at_stake` says that a pass is kept which a new full application would give up (T4).
    """

    subjects: frozenset[str] = frozenset()
    refusals: tuple[str, ...] = ("retake_none_passed",)
    at_stake: bool = False


NOTHING_KEPT = RetakeFact()


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person of the register who stands on a row; occupations by code.

    `is_own` means that the institution has filed for this person before: then it is told what is the matter.
    `standing` are live applications (occupation, exam month, whether still open).
    """

    name: str
    birth_date: date
    is_own: bool = False
    bars: tuple[Span, ...] = ()
    standing: tuple[tuple[str, date | None, bool], ...] = ()
    certified: frozenset[str] = frozenset()
    retakes: Mapping[str, RetakeFact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What the institution is told (`findings`), and what the office looks at before it approves (codes)."""

    findings: tuple[Finding, ...] = ()
    exceptions: tuple[str, ...] = ()


def judge_known(person: KnownPerson | None, values: RowValues, *, on: date, exam_month: date) -> PersonAnswer:
    """Judge a row against the register. Exceptions: identity_mismatch, gives_up_pass; they are the office's alone (E9).

    Codes, where the person is the institution's own: barred, duplicate_application, open_application,
    holds_certificate, retake_*, give_up_unconfirmed (a warning); for everybody else `not_accepted`, whatever it is.
    """
    codes = list(_against(person, values, on=on, exam_month=exam_month))
    own = person is not None and person.is_own
    findings = [_told(code) for code in codes] if own else [NEUTRAL] if codes else []
    exceptions = []
    if person is not None:
        if (person.name, person.birth_date) != (values.name, values.birth_date):
            exceptions.append("identity_mismatch")
        if not codes and values.exam_kind == EntryKind.FULL and _retake_of(person, values).at_stake:
            exceptions.append("gives_up_pass")
            findings += [GIVES_UP] if own else []
    return PersonAnswer(tuple(findings), tuple(exceptions))


def _against(person: KnownPerson | None, values: RowValues, *, on: date, exam_month: date) -> Iterator[str]:
    if person is not None:
        mine = [one for one in person.standing if one[0] == values.occupation]
        facts = ApplicantFacts(
            birth_date=person.birth_date,
            on=on,
            exam_month=exam_month,
            bars=person.bars,
            live_in_month=any(month == exam_month for _, month, _ in mine),
            open_for_occupation=any(is_open for _, _, is_open in mine),
            holds_certificate=values.occupation in person.certified,
        )
        yield from (one.code for one in eligibility(facts).refusals if one.code != "too_young")  # judged by the row
    if values.exam_kind == EntryKind.RETAKE:
        yield from _retake_codes(_retake_of(person, values), values)


def _retake_of(person: KnownPerson | None, values: RowValues) -> RetakeFact:
    return person.retakes.get(values.occupation, NOTHING_KEPT) if person else NOTHING_KEPT


def _retake_codes(fact: RetakeFact, values: RowValues) -> Iterator[str]:
    yield from fact.refusals
    if not fact.refusals and not set(values.subjects) <= fact.subjects:
        yield "retake_nothing_failed"


def told(code: str, *, own: bool) -> Finding:
    """What an institution reads of a refusal at filing: the cause for its own people, one sentence for all others."""
    return _told(code) if own and code in SENTENCES else NEUTRAL


def _told(code: str) -> Finding:
    message, fix = SENTENCES[code]
    column = Column.EXAM_KIND if code in OF_RETAKES else Column.NUMBER
    return Finding(column, code, message, fix=fix, clause=_clause(code))


def _clause(code: str) -> str:
    if code.startswith("retake_"):
        return "通知 四(四)" if code == "retake_competition" else "通知 四(一)"
    return CLAUSES.get(code, CLAUSE)
