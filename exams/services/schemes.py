"""Retake schemes: which new subjects stand for an old one, for everybody or as staff decided for one (rules T6)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from exams.models import Occupation, RetakeScheme, Subject
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Candidate

CLAUSE = "通知 四(三)"


@transaction.atomic
def lay_down(
    old_subject_id: int,
    *,
    from_mode: int,
    new_subject_ids: Sequence[int],
    source: str,
    by: Act,
    candidate: Candidate | None = None,
) -> list[RetakeScheme]:
    """Lay down what is sat under the present exam mode by those who failed the old subject; one's own where named.

    It replaces what was laid down before for the same subject and modes; the record keeps that. Refuses with
    `same_mode`, `other_occupation`, `no_subjects`, `not_in_mode`.
    """
    old = Subject.objects.select_related("occupation").get(pk=old_subject_id)
    occupation = Occupation.objects.select_for_update().get(pk=old.occupation_id)
    chosen = list(Subject.objects.filter(pk__in=new_subject_ids).order_by("order", "pk"))
    _judge(old, occupation, from_mode, chosen)
    line = {"occupation": occupation, "from_mode": from_mode, "to_mode": occupation.exam_mode, "old_subject": old}
    before = RetakeScheme.objects.filter(**line, candidate=candidate)
    was = list(before.values_list("new_subject__code", flat=True))
    before.delete()
    rows = [
        RetakeScheme(**line, candidate=candidate, new_subject=one, source=source[:200], created_at=by.at)
        for one in chosen
    ]
    made = RetakeScheme.objects.bulk_create(rows)
    after = {"old": old.code, "new": [one.code for one in chosen], "from": from_mode, "to": occupation.exam_mode}
    record(by, "scheme.laid_down", candidate or occupation, before={"new": was}, after=after, reason=source)
    return made


def _judge(old: Subject, occupation: Occupation, from_mode: int, chosen: Sequence[Subject]) -> None:
    if from_mode == occupation.exam_mode:
        raise Refusal("same_mode", "考核模式没有变化，补考仍考原科目，不需要补考方案。", CLAUSE)
    if not chosen:
        raise Refusal("no_subjects", "请至少选择一个应考科目。", CLAUSE)
    if not old.is_in(from_mode):
        raise Refusal("not_in_mode", "原考核模式没有这个科目，请核对版本。", CLAUSE)
    if any(one.occupation_id != occupation.pk for one in chosen):
        raise Refusal("other_occupation", "应考科目须属于同一职业。", CLAUSE)
    if not all(one.is_in(occupation.exam_mode) for one in chosen):
        raise Refusal("not_in_mode", "应考科目须是现行考核模式的科目。", CLAUSE)
