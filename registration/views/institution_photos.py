"""Portraits of a list: who still lacks one, and one person's picture."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.photos import MOST_BYTES
from registration.enums import PHOTOS_RUNNING, RosterStatus
from registration.forms.roster import PhotosForm, PortraitForm
from registration.models import Roster, RosterPhoto, RosterPhotoZip, RosterRow
from registration.services.rosters import photo_zips, portraits, signing

from .institution_doors import needs
from .institution_rosters import own_roster

PAGE = "registration/institution/{}.html"
PER_PAGE = 50
OPEN = {RosterStatus.DRAFT, RosterStatus.SIGNED}


@needs("batch.upload")
@never_cache
@require_safe
def photos(request: HttpRequest, pk: int) -> HttpResponse:
    """Who has no portrait yet, and what came of the zip."""
    return _shown(request, own_roster(request, pk), PhotosForm())


@needs("batch.upload")
@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """A zip: kept, and left to the worker."""
    found = own_roster(request, pk)
    form = PhotosForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            content = form.cleaned_data["file"].read(photo_zips.MOST_BYTES + 1)
            photo_zips.accept_photos(found.pk, content=content, by=Act.of(request))
            return redirect("institution-photos", found.pk)
        except Refusal as refusal:
            add_to_form(form, refusal, "file")
    return _shown(request, found, form, status=400)


@needs("batch.upload")
@never_cache
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How many pictures are worked off, for htmx; once it is done the page is loaded anew."""
    rows = RosterPhotoZip.objects.visible_to(request.user)
    found = get_object_or_404(rows, pk=pk)
    if found.state not in PHOTOS_RUNNING:
        answer = HttpResponse()
        answer["HX-Refresh"] = "true"
        return answer
    return render(request, PAGE.format("photo_bar"), {"sent": found})


def _shown(request: HttpRequest, found: Roster, form: PhotosForm, *, status: int = 200) -> HttpResponse:
    missing = signing.without_photo(found.pk).order_by("class_name", "line", "pk")
    page = Paginator(missing, PER_PAGE).get_page(request.GET.get("page"))
    people = RosterRow.objects.visible_to(request.user).current().filter(roster=found).count()
    shown: dict[str, Any] = {
        "nav": "mine",
        "roster": found,
        "people": people,
        "page": page,
        "missing": page.paginator.count,
        "is_open": found.status in OPEN,
        "form": form,
        **_last(request, found),
    }
    return render(request, PAGE.format("photos"), shown, status=status)


def _last(request: HttpRequest, found: Roster) -> dict[str, Any]:
    """The latest zip, and what was not used of it."""
    sent = RosterPhotoZip.objects.visible_to(request.user).filter(roster=found).first()
    runs = sent is not None and sent.state in PHOTOS_RUNNING
    return {"sent": sent, "runs": runs, "unused": photo_zips.answers_of(sent) if sent else []}


@needs("batch.upload")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def portrait(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's picture, put in place of the one that is there."""
    rows = RosterRow.objects.visible_to(request.user).current().select_related("roster")
    row = get_object_or_404(rows, pk=pk)
    form = PortraitForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            portraits.keep_portrait(row.pk, form.cleaned_data["file"].read(MOST_BYTES + 1), by=Act.of(request))
            messages.success(request, f"{row.name}的照片已保存。")
            return redirect("institution-photos", row.roster_id)
        except Refusal as refusal:
            add_to_form(form, refusal, "file")
    kept = RosterPhoto.objects.visible_to(request.user).filter(roster=row.roster_id, number_index=row.number_index)
    shown = {"nav": "mine", "row": row, "form": form, "kept": kept.first()}
    return render(request, PAGE.format("portrait"), shown, status=400 if form.errors else 200)


@needs("pii.photo")
@never_cache
@require_safe
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The portrait itself (matrix: pii.photo)."""
    found = get_object_or_404(RosterPhoto.objects.visible_to(request.user), pk=pk)
    with found.file.open("rb") as file:
        content = file.read()
    headers = {"Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)
