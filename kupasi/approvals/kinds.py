"""The kinds of acts that need two people: who asks, who approves, what is shown, what happens. Filled by the apps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from kupasi.acts import Act
from kupasi.people.masking import mask_document, mask_name
from kupasi.people.roles import may

if TYPE_CHECKING:
    from .models import Proposal

Payload = Mapping[str, Any]
MASKS: dict[str, Callable[[str], str]] = {"document": mask_document, "name": mask_name}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what is shown to the approver: before → after; `mask` hides a name or a document's number."""

    label: str
    before: str
    after: str
    mask: str = ""

    def masked(self) -> Line:
        """The line as it is shown until somebody says why the whole is needed."""
        hide = MASKS.get(self.mask, str)
        return Line(self.label, hide(self.before), hide(self.after), self.mask)


@dataclass(frozen=True, slots=True)
class Granted:
    """What is carried out: the object (locked), what was asked, why, by whom; `by` is the act of the last approver."""

    about: Any
    payload: Payload
    reason: str
    proposal: Proposal
    by: Act


class AskForm(forms.Form):
    """What one types when asking; a kind's own form adds its fields and turns them into the payload."""

    use_required_attribute = False
    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="审批人会看到这段话，并长期留存；请不要写证件号码。",
        error_messages={"required": "请写明理由。", "max_length": "请控制在 200 字以内。"},
    )

    def __init__(self, *args: Any, about: Any = None, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about, self.user = about, user
        self.prepare()
        self.order_fields([name for name in self.fields if name != "reason"])

    def prepare(self) -> None:
        """Fit the fields to what it is about."""

    def payload(self) -> dict[str, Any]:
        """What is asked for, as plain JSON values."""
        return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of two-person act.

    `rows(user)` are the objects that a person may ask about; `state` is what must not change between asking and
    approving, `describe` what the approver is shown. `seats` names a role for each approver ('' for any). Of an
    `is_local` kind, whoever only asks sees their own askings, not those of other rooms or schools.
    """

    code: str
    label: str
    action: str
    model: type[models.Model]
    rows: Callable[[Any], models.QuerySet[Any]]
    state: Callable[[Any, Payload], Payload]
    describe: Callable[[Any, Payload], list[Line]]
    carry_out: Callable[[Granted], object]
    form: type[AskForm] = AskForm
    ask_action: str = ""
    hint: str = ""
    clause: str = ""
    seats: tuple[str, ...] = ("",)
    rehearse: bool = True
    is_new: bool = False
    is_local: bool = False
    subject: Callable[[Any], int | None] = field(default=lambda pk: None)
    lock: Callable[[Any], Any] | None = None
    url: Callable[[Any, Any], str] = field(default=lambda pk, user: "")

    def may_ask(self, user: Any) -> bool:
        """Whether the person's role asks for this."""
        action = self.ask_action or self.action
        return may(user, action, how="ask") or (not user.is_staff and may(user, action))

    def may_approve(self, user: Any) -> bool:
        """Whether the person's role approves what others asked for."""
        return may(user, self.action, how="approve")

    def may_see(self, user: Any) -> bool:
        """Whether the role meets this kind in any form."""
        return self.may_ask(user) or self.may_approve(user) or (user.is_staff and may(user, self.action))

    def may_see_all(self, user: Any) -> bool:
        """Whether the role sees what everybody asked of this kind."""
        return self.may_approve(user) if self.is_local else self.may_see(user)

    def locked(self, pk: Any) -> Any:
        """The object, locked until the transaction ends; None where it is about nothing that exists yet."""
        if self.is_new:
            return None
        if self.lock is not None:
            return self.lock(pk)
        return self.model._default_manager.select_for_update(of=("self",)).get(pk=pk)


registry: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known; the same code again replaces it."""
    registry[kind.code] = kind
    return kind


def get(code: str) -> Kind:
    """The kind of this code; an unknown one is a programming error."""
    return registry[code]
