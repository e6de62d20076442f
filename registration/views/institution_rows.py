"""Repairing one row in the page: what was typed, what is wrong, changes to choose from."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import UploadState
from registration.forms.roster_row import RowForm
from registration.models import RosterRow
from registration.rules.roster_types import Finding, NumberFix
from registration.services.rosters import choose_fix, edit_row
from registration.services.rosters.contents import contents, findings_of

from .institution_doors import needs

PAGE = "registration/institution/row.html"


def own_row(request: HttpRequest, pk: int) -> RosterRow:
    """A row of one's own institution; another's is not there."""
    rows = RosterRow.objects.visible_to(request.user).select_related("roster", "upload", "occupation")
    return get_object_or_404(rows, pk=pk)


@sensitive_post_parameters()
@needs("batch.upload")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, pk: int) -> HttpResponse:
    """One row as a form; saving judges it again, and says what is still wrong."""
    found = own_row(request, pk)
    if request.method != "POST":
        return _shown(request, found, RowForm.of(contents(found).typed), findings_of(found))
    form = RowForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form, findings_of(found), status=400)
    try:
        kept = edit_row(found.pk, cells=form.cells(contents(found).typed), by=Act.of(request))
    except Refusal as refusal:
        form.add_error(None, refusal)
        against = [Finding.from_dict(one) for one in refusal.extra.get("findings", ())]  # type: ignore[attr-defined]
        return _shown(request, found, form, against or findings_of(found), status=409)
    return _onward(request, kept)


@needs("batch.upload")
@require_POST
def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the suggested changes to the number, chosen by a person."""
    found = own_row(request, pk)
    place, _, digit = request.POST.get("fix", "").partition(":")
    if not place.isdecimal() or len(place) > 2 or len(digit) > 1:
        messages.error(request, "请选择一种改法。")
        return redirect("institution-row", found.pk)
    try:
        return _onward(request, choose_fix(found.pk, fix=NumberFix(int(place), digit), by=Act.of(request)))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-row", found.pk)


def _onward(request: HttpRequest, kept: RosterRow) -> HttpResponse:
    """Back to the list of errors when the row is good, otherwise to the row again."""
    if not kept.is_valid:
        messages.warning(request, f"第 {kept.line} 行已保存，还有问题，请看下面的说明。")
        return redirect("institution-row", kept.pk)
    messages.success(request, f"第 {kept.line} 行已改好。")
    if kept.upload.state == UploadState.TAKEN:
        return redirect("institution-roster", kept.roster_id)
    return redirect("institution-upload", kept.upload_id)


def _shown(
    request: HttpRequest, found: RosterRow, form: RowForm, against: list[Finding], *, status: int = 200
) -> HttpResponse:
    form.mark(against)
    shown: dict[str, Any] = {
        "nav": "mine",
        "row": found,
        "form": form,
        "findings": against,
        "fixes": [one for each in against for one in each.fixes],
        "is_listed": found.upload.state == UploadState.TAKEN,
    }
    return render(request, PAGE, shown, status=status)
