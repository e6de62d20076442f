"""What the rules say about a retake that is asked for: the subjects, the passes it builds on (通知 四; rules T1–T7)."""

from __future__ import annotations

from datetime import date

from exams.enums import EntryKind
from exams.models import Occupation, Subject
from exams.services import kept_passes
from exams.services.results import standing_pass
from kupasi.errors import raise_first
from kupasi.people.models import Candidate
from kupasi.refusals import RefusalFact
from registration.enums import Step
from registration.models import Application


def subjects_to_sit(candidate: Candidate, occupation: Occupation, *, on: date) -> list[Subject]:
    """The missing subjects, all of them. Refuses with the codes of `judge_standing`."""
    found = kept_passes.entitlement(candidate.pk, occupation.pk, on=on)
    raise_first(found.refusals)
    return list(found.subjects)


def judge(application: Application, *, on: date) -> tuple[list[int], list[RefusalFact]]:
    """The marks that a retake draft builds on if it is handed in on the day, and what stands against it."""
    if application.kind != EntryKind.RETAKE or application.occupation_id is None:
        return [], []
    found = kept_passes.entitlement(application.candidate_id, application.occupation_id, on=on)
    if not found.is_allowed:
        return [], list(found.refusals)
    if {item.subject.code for item in application.items.all()} != set(found.codes):
        message = "可以补考的科目有变化，请回到“职业与科目”重新确认。"
        return [], [RefusalFact("retake_changed", message, "通知 四(一)", {"step": Step.SUBJECTS.value})]
    return [one.mark_id for one in found.kept], []


def still_stands(application: Application) -> bool:
    """Whether every pass that a submitted retake builds on is one to this day."""
    kept = application.kept_marks.all()
    return kept.exists() and not kept.exclude(standing_pass(), given_up=None).exists()
