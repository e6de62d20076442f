"""Retake schemes: the clerk asks, the supervisor approves (rules T6; matrix plan.edit)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from exams.models import RetakeScheme, Subject
from exams.services.schemes import lay_down
from kupasi.approvals.kinds import AskForm, Granted, Kind, Line, Payload
from kupasi.people.models import Candidate
from kupasi.people.roles import may_any


class SubjectOf(forms.ModelChoiceField):
    """A subject with its occupation."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.occupation} · {obj}"


class SubjectsOf(forms.ModelMultipleChoiceField):
    """Subjects with their occupation."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.occupation} · {obj}"


SUBJECTS = Subject.objects.select_related("occupation").order_by("occupation", "order")


class SchemeForm(AskForm):
    """The old mode, and what is sat now instead of the subject that was failed then."""

    from_mode = forms.IntegerField(
        label="原考核模式版本", min_value=1, max_value=999, help_text="不合格的那次考试所用的版本"
    )
    new_subjects = SubjectsOf(
        label="应考科目（现行模式）",
        queryset=SUBJECTS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个应考科目。"},
    )

    def prepare(self) -> None:
        """Only the subjects of the same occupation are offered."""
        same = SUBJECTS.filter(occupation=self.about.occupation_id)
        self.fields["new_subjects"].queryset = same  # type: ignore[attr-defined]  # a choice of rows
        mode = self.about.occupation.exam_mode
        self.fields["from_mode"].help_text = f"不合格的那次考试所用的版本；现行是第 {mode} 版，须填以前的版本"

    def payload(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"from_mode": given["from_mode"], "new": [one.pk for one in given["new_subjects"]]}


class DecisionForm(SchemeForm):
    """The same for one person; the old subject is chosen too."""

    old_subject = SubjectOf(label="原不合格科目", queryset=SUBJECTS)

    def prepare(self) -> None:
        self.order_fields(["old_subject", "from_mode", "new_subjects", "reason"])

    def payload(self) -> dict[str, Any]:
        return {**super().payload(), "old": self.cleaned_data["old_subject"].pk}


def subjects(user: Any) -> QuerySet[Subject]:
    """Any subject."""
    return Subject.objects.select_related("occupation") if may_any(user, "plan.edit") else Subject.objects.none()


def _lines(old: Subject, given: Payload) -> list[Line]:
    mode = old.occupation.exam_mode
    names = "、".join(str(one) for one in Subject.objects.filter(pk__in=given["new"]).order_by("order"))
    present = RetakeScheme.objects.filter(
        old_subject=old, from_mode=given["from_mode"], to_mode=mode, candidate=None
    ).select_related("new_subject")
    return [
        Line("职业", "", str(old.occupation)),
        Line("考核模式版本", str(given["from_mode"]), str(mode)),
        Line(f"原不合格科目“{old}”应考", "、".join(str(one.new_subject) for one in present), names),
    ]


def _old(given: Payload) -> Subject:
    return Subject.objects.select_related("occupation").get(pk=given["old"])


def _publish(granted: Granted) -> object:
    given = granted.payload
    return lay_down(
        granted.about.pk,
        from_mode=given["from_mode"],
        new_subject_ids=given["new"],
        source=granted.reason,
        by=granted.by,
    )


def _decide(granted: Granted) -> object:
    given = granted.payload
    return lay_down(
        given["old"],
        from_mode=given["from_mode"],
        new_subject_ids=given["new"],
        source=granted.reason,
        by=granted.by,
        candidate=granted.about,
    )


def _holder(pk: Any) -> int | None:
    return Candidate.objects.values_list("user", flat=True).get(pk=pk)


SCHEMES = [
    Kind(
        "retake_scheme",
        "公布补考方案",
        "plan.edit",
        Subject,
        subjects,
        lambda old, given: {"mode": old.occupation.exam_mode},
        _lines,
        _publish,
        form=SchemeForm,
        hint="考核模式有变化时，原科目不合格的人改考哪些科目。批准后立即生效，适用于所有人。",
        clause="通知 四(三)",
    ),
    Kind(
        "retake_decision",
        "确定个人的补考科目",
        "plan.edit",
        Candidate,
        lambda user: Candidate.objects.visible_to(user),
        lambda person, given: {"mode": _old(given).occupation.exam_mode},
        lambda person, given: [Line("参评人员", "", person.name, "name"), *_lines(_old(given), given)],
        _decide,
        form=DecisionForm,
        hint="补考方案没有覆盖的，为本人确定应考科目；只对这一个人有效。",
        clause="通知 四(三)",
        subject=_holder,
    ),
]
