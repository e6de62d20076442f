"""One list of an institution: what is next, its people, a new file, giving it up."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.models import User
from kupasi.people.roles import may
from registration.enums import RosterStatus
from registration.forms.roster import FileForm
from registration.models import Roster, RosterRow
from registration.services.rosters import accept_upload, remove_row, signing
from registration.services.rosters.overview import TONES, facts_of, next_step
from registration.services.rosters.uploads import MOST_BYTES

from .institution_doors import needs, own_institution

PAGE = "registration/institution/{}.html"
PER_PAGE = 50
OPEN = {RosterStatus.DRAFT, RosterStatus.SIGNED}


def own_roster(request: HttpRequest, pk: int) -> Roster:
    """A list of one's own institution; another's is not there."""
    rows = Roster.objects.visible_to(request.user).select_related("institution", "window", "signed_by", "submitted_by")
    return get_object_or_404(rows, pk=pk)


@needs("batch.upload")
@require_safe
def roster(request: HttpRequest, pk: int) -> HttpResponse:
    """One list, with the sentence that says what is next and the people who stand on it."""
    found = own_roster(request, pk)
    return _shown(request, found, FileForm(institution=own_institution(request)))


@needs("batch.upload")
@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """A file: kept, and left to the worker; the next page shows how far it is."""
    found = own_roster(request, pk)
    form = FileForm(request.POST, request.FILES, institution=found.institution)
    if form.is_valid():
        given, by = form.cleaned_data, Act.of(request)
        file = given["file"]
        try:
            kept = accept_upload(
                found.pk, name=file.name, content=file.read(MOST_BYTES + 1), preset=given.get("preset"), by=by
            )
            return redirect("institution-upload", kept.pk)
        except Refusal as refusal:
            add_to_form(form, refusal, "file")
    return _shown(request, found, form, status=400)


@needs("batch.upload")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks before it gives a list up, and says exactly what that changes."""
    found = own_roster(request, pk)
    if request.method == "POST":
        try:
            signing.withdraw(found.pk, by=Act.of(request))
            messages.success(request, "名单已撤回。")
            return redirect("institution")
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return redirect("institution-roster", found.pk)
    shown = {
        "nav": "mine",
        "title": "撤回名单",
        "effects": ["这份名单不再办理，之后不能恢复。", "名单上的人员可以列入本机构的其他名单。"],
        "submit_label": "确认撤回",
        "danger": True,
        "cancel_url": reverse("institution-roster", args=[found.pk]),
    }
    return render(request, PAGE.format("confirm"), shown)


@needs("batch.upload")
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one person off a list that is not submitted."""
    row = get_object_or_404(RosterRow.objects.visible_to(request.user).current(), pk=pk)
    try:
        remove_row(row.pk, by=Act.of(request))
        messages.success(request, f"已从名单中移出{row.name}。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("institution-roster", row.roster_id)


def _shown(request: HttpRequest, found: Roster, form: FileForm, *, status: int = 200) -> HttpResponse:
    facts = facts_of(found)
    user = cast(User, request.user)
    step = next_step(found, facts, may_sign=signing.may_sign(user, found), may_collect=may(user, "cert.print"))
    page = step.get("page", "")
    key = facts.upload.pk if page == "institution-upload" and facts.upload else found.pk
    shown: dict[str, Any] = {
        "nav": "mine",
        "roster": found,
        "tone": TONES[RosterStatus(found.status)],
        "facts": facts,
        "step": step,
        "step_url": reverse(page, args=[key]) if page else "",
        "is_open": found.status in OPEN,
        "form": form,
        "files": found.uploads.select_related("uploaded_by").order_by("-pk")[:10],
        "page": Paginator(_people(found, request), PER_PAGE).get_page(request.GET.get("page")),
        "query": request.GET.get("q", "")[:50],
    }
    return render(request, PAGE.format("roster"), shown, status=status)


def _people(found: Roster, request: HttpRequest) -> Any:
    """Those on the list, by class and name; `q` looks for the beginning of a name or the end of a number."""
    rows = RosterRow.objects.visible_to(request.user).current().filter(roster=found)
    words = request.GET.get("q", "").strip()[:50]
    if words:
        tail = rows.filter(number_tail=words.upper())
        rows = tail if words[:1].isdigit() else rows.filter(name__startswith=words)
    return rows.select_related("occupation", "application").order_by("class_name", "line", "pk")
