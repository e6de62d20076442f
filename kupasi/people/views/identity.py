"""The desk settles who somebody is, with the documents in hand (rules E8; WB-041)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.models import Candidate
from kupasi.people.roles import may
from kupasi.people.services import attach_document, reclaim, settle_identity
from kupasi.people.services.identities import resemblances
from kupasi.people.services.persons import PersonFacts

PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class SeenForm(forms.Form):
    """That the originals were seen, and what they showed."""

    seen = forms.BooleanField(label="已核对证件原件", error_messages={"required": "请先核对证件原件。"})
    reason = forms.CharField(label="核对情况", min_length=4, max_length=200, help_text="长期留存，请不要写证件号码")


class AttachForm(SeenForm):
    """A second document of the same person."""

    kind = forms.ChoiceField(label="证件类型", choices=DocumentKind.choices())
    number = forms.CharField(label="证件号码", max_length=40, widget=forms.TextInput(attrs=PLAIN))
    country = forms.CharField(label="护照签发国家代码", required=False, max_length=3)
    field_order = ("kind", "number", "country", "seen", "reason")


class ReclaimForm(SeenForm):
    """The owner's own phone."""

    phone = forms.CharField(label="本人手机号", max_length=20, widget=forms.TextInput(attrs=PLAIN))
    field_order = ("phone", "seen", "reason")


FORMS: dict[str, type[SeenForm]] = {"settle": SeenForm, "attach": AttachForm, "reclaim": ReclaimForm}
DONE = {
    "settle": "已记为不同的人。",
    "attach": "证件已加到这位人员名下。",
    "reclaim": "原账号已停用，请本人用这个手机号重新注册。",
}


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def identity_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Three things that only somebody with the documents in hand may say: other person, second document, not theirs."""
    if not may(request.user, "app.review", how="approve"):
        raise PermissionDenied
    rows = Candidate.objects.visible_to(request.user).filter(merged_into=None)
    person = get_object_or_404(rows.select_related("user", "resembles"), pk=pk)
    act = request.POST.get("act", "")
    shown = {name: form(request.POST if act == name else None, prefix=name) for name, form in FORMS.items()}
    if act in shown and shown[act].is_valid() and _done(request, person, act, shown[act]):
        return redirect("admin:people_candidate_change", person.pk)
    context = {
        **admin.site.each_context(request),
        "title": f"核对身份：{person}",
        "person": person,
        "documents": person.documents.order_by("-is_primary", "pk"),
        "reasons": resemblances(person),
        "forms": shown,
    }
    return render(request, "admin/people/candidate/identity.html", context)


def _done(request: HttpRequest, person: Candidate, act: str, form: SeenForm) -> bool:
    """Whether it was carried out; if not, the form says why."""
    by, given = Act.of(request), form.cleaned_data
    try:
        if act == "settle":
            settle_identity(person.pk, by=by, reason=given["reason"])
        elif act == "attach":
            attach_document(person.pk, facts=_facts(person, given), by=by, reason=given["reason"])
        else:
            reclaim(person.pk, phone=given["phone"], by=by, reason=given["reason"])
    except Refusal as refusal:
        add_to_form(form, refusal)
        return False
    messages.success(request, DONE[act])
    return True


def _facts(person: Candidate, given: dict[str, Any]) -> PersonFacts:
    """The person on record with the other document: a number that says another birth date or sex is refused."""
    return PersonFacts(
        name=person.name,
        kind=given["kind"],
        number=given["number"],
        country=given["country"],
        birth_date=person.birth_date,
        sex=Sex(person.sex),
    )
