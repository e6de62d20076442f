"""A step of a case as a form: whose it is, when it is offered, the service it calls (rules S8; matrix case.*)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from discipline.enums import CaseStatus
from discipline.models import Case, Clause
from discipline.services import ties
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import has_cell, may

S = CaseStatus
LONG = forms.Textarea(attrs={"rows": 5})
SHORT = forms.Textarea(attrs={"rows": 2})


def clauses() -> list[tuple[str, str]]:
    """The catalogue as choices: clause and plain words."""
    rows = Clause.objects.filter(effective_until=None).order_by("tier", "code")
    return [(one.code, f"须知 {one.code}　{one.text}") for one in rows]


def is_clerk(user: Any) -> bool:
    """Handles every case, not only those of own rooms."""
    return has_cell(user, "case.open", "Y")


def decides(user: Any, case: Case) -> bool:
    """A supervisor who neither recorded nor examined it (S8), nor has to do with the person or their institution."""
    seen = (case.recorded_by_id, case.second_by_id, case.examined_by_id)
    return (
        may(user, "case.decide_23", how="approve")
        and user.pk not in seen
        and not ties.is_tied(user, case, on=clock.today())
    )


def say_what_is_missing(form: forms.Form) -> None:
    """An empty field says what to do, where it has no words of its own."""
    for one in form.fields.values():
        if one.error_messages["required"] == forms.Field.default_error_messages["required"]:
            one.error_messages["required"] = "请选择一项。" if isinstance(one, forms.ChoiceField) else "请填写。"


class ActForm(forms.Form):
    """One step: `statuses` in which it is offered, `label` of its button, what it says when done."""

    use_required_attribute = False
    statuses: ClassVar[tuple[CaseStatus, ...]] = ()
    label = ""
    done = ""
    hint = ""

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.prepare()
        say_what_is_missing(self)

    def prepare(self) -> None:
        """Fit the fields to the case."""

    @classmethod
    def is_for(cls, user: Any, case: Case) -> bool:
        """Whether this person may take the step now."""
        return case.status in cls.statuses and cls.belongs_to(user, case) and cls.is_left(user, case)

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        """Whose step it is; the clerk's unless said otherwise."""
        return is_clerk(user)

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        """Whether the step is still to be taken, where the case's status alone does not say so."""
        return True

    def perform(self, by: Act) -> object:
        """The service."""
        raise NotImplementedError

    def carry_out(self, by: Act) -> bool:
        """Whether it was done; a refusal stands on the form."""
        if not self.is_valid():
            return False
        try:
            self.perform(by)
        except Refusal as refusal:
            add_to_form(self, refusal)
            return False
        return True
