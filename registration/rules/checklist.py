"""The reviewer's checklist, filled as far as facts go; the rest is left for a person to look at (rules E1–E3, E7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kupasi.refusals import RefusalFact
from registration.rules.eligibility import ApplicantFacts, eligibility

Tick = Literal["ok", "problem", "look"]


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What the system knows of an application when somebody reviews it."""

    applicant: ApplicantFacts
    document_errors: tuple[RefusalFact, ...]
    photo_errors: tuple[RefusalFact, ...]
    has_photo: bool
    conditions: Sequence[str]
    declared: frozenset[str]
    pledged: bool
    in_window: bool
    kept_passes_given_up: int = 0
    retake_stands: bool | None = None


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line: settled by the rules (ok, problem) or to be looked at by the reviewer (look)."""

    key: str
    label: str
    tick: Tick
    detail: str
    clause: str


def checklist(facts: ReviewFacts) -> tuple[ChecklistItem, ...]:
    """The lines in the order in which a reviewer reads an application: person, photo, occupation, pledge."""
    return (*_person(facts), *_photo(facts), *_conditions(facts), *_formal(facts))


def _person(facts: ReviewFacts) -> Iterator[ChecklistItem]:
    yield _ruled("document", "证件号码", facts.document_errors, "号码、出生日期与性别一致", "须知 一")
    yield ChecklistItem("identity", "证件与填写内容", "look", "请对照证件核对姓名、号码和有效期。", "须知 一")
    answer = eligibility(facts.applicant)
    age = tuple(item for item in answer.refusals if item.code == "too_young")
    yield _ruled("age", "年满 16 周岁", age, "申报当日已满 16 周岁", "通知 二(一)")
    rest = tuple(item for item in answer.refusals if item.code != "too_young")
    good = f"可参加 {answer.sit_from} 起的场次" if answer.sit_from else "无重复申报、无禁考、无同职业证书"
    yield _ruled("eligible", "可以申报", rest, good, "通知 二、须知 三、须知 四")


def _photo(facts: ReviewFacts) -> Iterator[ChecklistItem]:
    if not facts.has_photo:
        yield ChecklistItem("photo", "照片", "problem", "还没有照片，请退回补交。", "通知 二(五)")
        return
    yield _ruled("photo", "照片规格", facts.photo_errors, "格式、尺寸与底色合格", "通知 二(五)")
    yield ChecklistItem("likeness", "照片与本人", "look", "请对照证件核对是否本人近照。", "通知 二(五)")


def _conditions(facts: ReviewFacts) -> Iterator[ChecklistItem]:
    for number, statement in enumerate(facts.conditions, start=1):
        declared = statement in facts.declared
        detail = f"本人已声明：{statement}" if declared else f"本人尚未声明：{statement}，请退回补充。"
        yield ChecklistItem(f"condition-{number}", "申报条件", "look" if declared else "problem", detail, "通知 二(一)")


def _formal(facts: ReviewFacts) -> Iterator[ChecklistItem]:
    pledge = "已作出承诺，留有文本、时间与地址" if facts.pledged else "还没有作出承诺，请退回补充。"
    yield ChecklistItem("pledge", "真实性承诺", "ok" if facts.pledged else "problem", pledge, "须知 一")
    window = "在申报时间内提交" if facts.in_window else "不在申报时间内提交，请核对提交时间。"
    yield ChecklistItem("window", "申报时间", "ok" if facts.in_window else "problem", window, "通知 附件1")
    if facts.kept_passes_given_up:
        detail = f"缴费后将放弃 {facts.kept_passes_given_up} 个合格科目的补考，请确认本人知情。"
        yield ChecklistItem("giving-up", "放弃补考", "look", detail, "通知 四(二)")
    if facts.retake_stands is not None:
        good, bad = "提交当日在补考有效期内，保留的成绩有效", "保留的成绩已不再有效（取消、暂缓或已放弃），请先核实。"
        tick: Tick = "ok" if facts.retake_stands else "problem"
        yield ChecklistItem("retake", "补考资格", tick, good if facts.retake_stands else bad, "通知 四(一)")


def _ruled(key: str, label: str, errors: Sequence[RefusalFact], good: str, clause: str) -> ChecklistItem:
    if not errors:
        return ChecklistItem(key, label, "ok", good, clause)
    return ChecklistItem(key, label, "problem", " ".join(error.message for error in errors), clause)
