"""The one way in which the product says no."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.forms import BaseForm

from kupasi.refusals import RefusalFact


class Refusal(ValidationError):
    """A use case refused: a stable code, a Chinese sentence saying what to do next, and its clause (依据).

    Edges translate it once: a form error, an admin message, or a problem document of the API.
    """

    def __init__(self, code: str, message: str, clause: str = "", **extra: object) -> None:
        super().__init__(message, code=code)
        self.clause = clause
        self.extra = extra

    @property
    def sentence(self) -> str:
        """The Chinese sentence alone."""
        return str(self.message)

    @classmethod
    def from_fact(cls, fact: RefusalFact) -> Refusal:
        """The refusal that a rule's answer asks for."""
        return cls(fact.code, fact.message, fact.clause, **dict(fact.extra))


class Refusals(Refusal):
    """Several refusals at once; the first one speaks, all are listed."""

    def __init__(self, facts: Iterable[RefusalFact]) -> None:
        self.facts = list(facts)
        first = self.facts[0]
        super().__init__(first.code, first.message, first.clause, **dict(first.extra))


def raise_first(facts: Iterable[RefusalFact]) -> None:
    """Raise the rule's refusals, if it has any."""
    found = list(facts)
    if found:
        raise Refusals(found) if len(found) > 1 else Refusal.from_fact(found[0])


def add_to_form(form: BaseForm, refusal: Refusal, field: str | None = None) -> None:
    """Show a refusal as a form error, its clause behind the sentence."""
    facts = refusal.facts if isinstance(refusal, Refusals) else [refusal]
    for fact in facts:
        text = fact.message if isinstance(fact, RefusalFact) else fact.sentence
        clause = f"（依据：{fact.clause}）" if fact.clause else ""
        form.add_error(field, ValidationError(f"{text}{clause}", code=fact.code))
