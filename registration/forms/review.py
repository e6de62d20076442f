"""What a reviewer decides, one form per act; each carries out one service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BaseForm

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may
from registration.enums import Step
from registration.models import Application
from registration.services import materials, review

TIPS = {
    Step.IDENTITY: "姓名与证件不一致",
    Step.PHOTO: "照片底色不是白色，请换近期正面免冠白底照片",
    Step.SUBJECTS: "所报职业与提交材料不符",
    Step.PLEDGE: "申报条件与实际情况不符，请核对后重新声明",
}
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ActForm(forms.Form):
    """A form that carries out one act; a refusal becomes its error."""

    needs = ("app.review", "approve")
    done = ""
    use_required_attribute = False

    @classmethod
    def is_for(cls, user: Any) -> bool:
        """Whether the person's role has this act."""
        return may(user, cls.needs[0], how=cls.needs[1])

    def act(self, pk: int, *, by: Act) -> Application:
        """Call the service."""
        raise NotImplementedError

    def carry_out(self, pk: int, *, by: Act) -> bool:
        """Whether it was done; if not, the form says why."""
        if not self.is_valid():
            return False
        try:
            self.act(pk, by=by)
        except Refusal as refusal:
            add_to_form(self, refusal)
            return False
        return True


class ApproveForm(ActForm):
    """Approve; a reason where the checklist has a problem."""

    done = "已通过"
    reason = forms.CharField(label="仍要通过的理由", required=False, max_length=200)

    def act(self, pk: int, *, by: Act) -> Application:
        return review.approve(pk, by=by, reason=self.cleaned_data["reason"])


class ReturnForm(ActForm):
    """Return: a step with a reason is a returned step."""

    done = "已退回"
    until = forms.DateField(label="补正截止日期", required=False, widget=DATE, help_text="留空为本期申报截止日。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for step in Step:
            hint = forms.TextInput(attrs={"placeholder": f"例如：{TIPS[step]}", "autocomplete": "off"})
            self.fields[step.value] = forms.CharField(label=step.label, required=False, max_length=200, widget=hint)
        self.order_fields([*(step.value for step in Step), "until"])

    def act(self, pk: int, *, by: Act) -> Application:
        given = {step.value: self.cleaned_data[step.value] for step in Step if self.cleaned_data[step.value]}
        return review.send_back(pk, items=given, by=by, until=self.cleaned_data["until"])


class RejectForm(ActForm):
    """Reject for good."""

    done = "已作出不予受理"
    reason = forms.CharField(label="不予受理的原因", required=False, max_length=200)

    def act(self, pk: int, *, by: Act) -> Application:
        return review.reject(pk, reason=self.cleaned_data["reason"], by=by)


class OriginalForm(ActForm):
    """The signed original is in."""

    needs = ("app.create_counter", "")
    done = "已登记原件"

    def act(self, pk: int, *, by: Act) -> Application:
        return review.receive_original(pk, by=by)


class ExtendForm(ActForm):
    """More time for one person."""

    done = "已延长补正时间"
    until = forms.DateField(label="延长到（含当日）", widget=DATE)
    reason = forms.CharField(label="延长的理由", required=False, max_length=200)

    def act(self, pk: int, *, by: Act) -> Application:
        given = self.cleaned_data
        return review.extend_correction(pk, until=given["until"], reason=given["reason"], by=by)


class MaterialsForm(ActForm):
    """Materials that are not true, found in review or afterwards: a case on the usual road (须知 一, 四1)."""

    needs = ("case.open", "")
    done = "已立案"
    clause = forms.ChoiceField(label="涉嫌", choices=[("一", "须知 一：材料不真实"), ("四1", "须知 四1：骗取参评资格")])
    facts = forms.CharField(label="事实", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def act(self, pk: int, *, by: Act) -> Application:
        return materials.open_case(pk, by=by, **self.cleaned_data)


FORMS: dict[str, type[ActForm]] = {
    "approve": ApproveForm,
    "return": ReturnForm,
    "reject": RejectForm,
    "original": OriginalForm,
    "extend": ExtendForm,
    "materials": MaterialsForm,
}


def forms_for(application: Application, user: Any) -> dict[str, BaseForm]:
    """The acts that make sense now and that the person may do, as empty forms."""
    status, found = application.status, []
    if status == "submitted" and application.created_by_id != user.pk:
        found += ["approve", "return", "reject"]
    if status == "returned":
        found += ["extend"]
    if application.original_at is None and status in review.TAKES_ORIGINAL:
        found += ["original"]
    if status not in ("draft", "withdrawn", "rejected"):
        found += ["materials"]
    return {name: FORMS[name](prefix=name) for name in found if FORMS[name].is_for(user)}
