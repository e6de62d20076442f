"""The four step pages: which form each shows, how it is saved, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse

from exams.enums import EntryKind
from exams.services.kept_passes import wallet
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import Step
from registration.forms.application import IdentityForm, PhotoForm, PledgeForm, SubjectsForm
from registration.models import Application
from registration.services import applications, facts, public_site

RETAKE = "retake:"  # no occupation's code has a colon


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step: `form` builds it, `save` calls its service, `extra` is what its template shows besides."""

    form: Callable[[HttpRequest, Application], Form]
    save: Callable[[Any, Application, Act], object]
    extra: Callable[[Application], dict[str, Any]]
    field: str | None = None

    def field_of(self, refusal: Refusal) -> str | None:
        """The field beside which a refusal is shown; those about the state of things stand above the form."""
        return None if refusal.code in {"wrong_status", "correction_over", "core_frozen"} else self.field


def _identity_form(request: HttpRequest, application: Application) -> Form:
    known = {name: getattr(application, name) for name in ("name", "education", "employer", "needs")}
    return IdentityForm(request.POST or None, initial=known)


def _save_identity(form: IdentityForm, application: Application, by: Act) -> object:
    return applications.save_identity(application.pk, by=by, identity=form.identity())


def _person(application: Application) -> dict[str, Any]:
    return {"person": application.candidate, "document": application.document}


def _photo_form(request: HttpRequest, application: Application) -> Form:
    bound = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return PhotoForm(*bound, has_photo=application.photo is not None and not applications.photo_returned(application))


def _save_photo(form: PhotoForm, application: Application, by: Act) -> object:
    content = form.content()
    if content is None:
        return applications.keep_present_photo(application.pk, by=by)
    return applications.save_photo(application.pk, by=by, data=content)


def _subjects_form(request: HttpRequest, application: Application) -> Form:
    cards = public_site.occupation_cards(on=clock.today())
    if application.number:  # a returned application keeps its occupation
        cards = [card for card in cards if card.occupation == application.occupation]
    offered = [*_retakes(application)]
    if not application.number or application.kind == EntryKind.FULL:
        again = {code.removeprefix(RETAKE) for code, _ in offered}
        offered += [(card.occupation.code, _full_label(card, is_again=card.occupation.code in again)) for card in cards]
    chosen = application.occupation.code if application.occupation else None
    if chosen and application.kind == EntryKind.RETAKE:
        chosen = RETAKE + chosen
    return SubjectsForm(request.POST or None, offered=offered, initial={"occupation": chosen})


def _save_subjects(form: SubjectsForm, application: Application, by: Act) -> object:
    code = form.cleaned_data["occupation"]
    if code.startswith(RETAKE):
        return applications.save_retake(application.pk, by=by, occupation=code.removeprefix(RETAKE))
    return applications.save_subjects(application.pk, by=by, occupation=code)


def _retakes(application: Application) -> list[tuple[str, str]]:
    """The retakes that the person may ask for, before the occupations; of a returned one, itself."""
    if application.number:
        kept = application.occupation if application.kind == EntryKind.RETAKE else None
        return [(RETAKE + kept.code, f"补考 {kept.name}")] if kept else []
    found = [one for one in wallet(application.candidate, on=clock.today()) if one.is_allowed]
    return [
        (
            RETAKE + one.occupation.code,
            f"补考 {one.occupation.name}：{'、'.join(subject.name for subject in one.subjects)}"
            + (f"，{one.fee.total} 元" if one.fee else ""),
        )
        for one in found
    ]


def _full_label(card: public_site.OccupationCard, *, is_again: bool) -> str:
    words = f"{card.occupation.name}（{card.occupation.level}）"
    return f"重新申报全部科目：{words}，将放弃补考" if is_again else words


def _cards(application: Application) -> dict[str, Any]:
    return {"cards": public_site.occupation_cards(on=clock.today()), "fixed": bool(application.number)}


def _pledge_form(request: HttpRequest, application: Application) -> Form:
    conditions = list(application.occupation.conditions.filter(is_active=True)) if application.occupation else []
    ticked = [one.pk for one in conditions if one.text in application.conditions]
    text = facts.pledge_text(clock.today())
    return PledgeForm(request.POST or None, conditions=conditions, text=text, initial={"conditions": ticked})


def _save_pledge(form: PledgeForm, application: Application, by: Act) -> object:
    version = cast(int, form.cleaned_data["pledge_version"])
    return applications.save_pledge(application.pk, by=by, conditions=form.declared(), pledge_version=version)


def _pledge_text(application: Application) -> dict[str, Any]:
    return {"text": facts.pledge_text(clock.today())}


STEP_PAGES: dict[Step, StepPage] = {
    Step.IDENTITY: StepPage(_identity_form, _save_identity, _person, "name"),
    Step.PHOTO: StepPage(_photo_form, _save_photo, lambda application: {}, "photo"),
    Step.SUBJECTS: StepPage(_subjects_form, _save_subjects, _cards, "occupation"),
    Step.PLEDGE: StepPage(_pledge_form, _save_pledge, _pledge_text),
}


def steps_shown(application: Application, current: Step) -> dict[str, Any]:
    """The step indicator: four steps of a draft with ways back; of a returned application only the open ones."""
    steps = [one for one in Step if one in applications.open_steps(application)]
    listed = [
        {
            "label": one.label,
            "url": reverse("apply-step", args=[application.pk, one]) if one.value in application.done_steps else "",
        }
        for one in steps
    ]
    returned = [item for item in application.returned_items.order_by("-pk") if item.step == current]
    return {
        "step": current,
        "number": steps.index(current) + 1,
        "total": len(steps),
        "steps": listed,
        "returned": returned[0] if application.number and returned else None,
        "back": listed[steps.index(current) - 1]["url"] if steps.index(current) else "",
    }
