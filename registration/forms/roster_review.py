"""What the office does with a roster: one form for each button."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from kupasi.acts import Act
from registration.enums import ObjectionOutcome, Step
from registration.services import roster_orders
from registration.services.rosters import deciding, office

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RosterAct(forms.Form):
    """An act about a whole roster, and the sentence that says it was done."""

    action: ClassVar[str] = "app.review"
    how: ClassVar[str] = "approve"
    use_required_attribute = False

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        """Call the service."""
        raise NotImplementedError


class RestForm(RosterAct):
    """Approve everybody who is no exception."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        return f"已通过 {office.approve_rest(roster_id, seen=self.cleaned_data['seen'], by=by)} 人。"


class SomeForm(RosterAct):
    """Rows that were ticked, and why."""

    rows = forms.TypedMultipleChoiceField(
        coerce=int, required=True, error_messages={"required": "请先勾选人员。"}, widget=forms.MultipleHiddenInput
    )
    reason = forms.CharField(
        label="原因",
        max_length=200,
        error_messages={"required": "请写明原因，本人和机构会看到。", "max_length": "最多 200 个字。"},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        ticked = [one for one in data.getlist("rows") if one.isdecimal()] if data is not None else []
        self.fields["rows"].choices = [(one, one) for one in ticked]  # type: ignore[attr-defined]  # the service judges
        self.ticked = {int(one) for one in ticked}


class ReturnForm(SomeForm):
    """Send the ticked people back."""

    step = forms.ChoiceField(label="退回的部分", choices=Step.choices())
    until = forms.DateField(label="补正截止（选填）", required=False, widget=DATE)

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        given = self.cleaned_data
        done = office.return_some(
            roster_id, given["rows"], step=Step(given["step"]), reason=given["reason"], until=given["until"], by=by
        )
        return f"已退回 {done} 人。"


class RejectForm(SomeForm):
    """Refuse the ticked people."""

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        given = self.cleaned_data
        return f"已不予受理 {office.reject_some(roster_id, given['rows'], reason=given['reason'], by=by)} 人。"


class ReleaseForm(SomeForm):
    """The ticked people who were held are settled."""

    reason = forms.CharField(label="放弃保留成绩的确认（如有）", required=False, max_length=200)

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        given = self.cleaned_data
        return f"已放行 {office.release_some(roster_id, given['rows'], gives_up=given['reason'], by=by)} 人。"


class ObjectionForm(SomeForm):
    """The ticked people's objections, with the finding that both sides read."""

    outcome: ClassVar[ObjectionOutcome]
    reason = forms.CharField(
        label="核实经过和理由",
        max_length=200,
        error_messages={"required": "请写明核实经过和理由，本人和机构会看到。", "max_length": "最多 200 个字。"},
    )

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        given = self.cleaned_data
        done = deciding.decide_some(roster_id, given["rows"], outcome=self.outcome, reason=given["reason"], by=by)
        return f"已办结 {len(done)} 件异议：{self.outcome.label}。本人和机构已收到通知。"


class UpholdForm(ObjectionForm):
    """They are right: the lines end."""

    outcome = ObjectionOutcome.UPHELD


class LiftForm(ObjectionForm):
    """They are not: the lines go on."""

    outcome = ObjectionOutcome.LIFTED


class OriginalsForm(RosterAct):
    """The signed forms of everybody are in; as many as the button said."""

    action, how = "app.create_counter", ""
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        done = office.receive_originals(roster_id, seen=self.cleaned_data["seen"], by=by)
        return f"已登记 {done} 人的原件。"


class CloseForm(RosterAct):
    """The review is closed and the order opened."""

    def carry_out(self, roster_id: int, *, by: Act) -> str:
        roster_orders.close_review(roster_id, by=by)
        return "审核已结束，订单已生成并通知机构。"


FORMS: dict[str, type[RosterAct]] = {
    "rest": RestForm,
    "return": ReturnForm,
    "reject": RejectForm,
    "release": ReleaseForm,
    "uphold": UpholdForm,
    "lift": LiftForm,
    "originals": OriginalsForm,
    "close": CloseForm,
}
