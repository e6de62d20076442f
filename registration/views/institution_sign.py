"""资格初审: what the rules say about the whole list, the signature of another person, handing it in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from exams.enums import EntryKind
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.models import User
from kupasi.people.roles import may
from registration.enums import RosterStatus
from registration.models import Roster, RosterRow
from registration.services.rosters import papers, signing
from registration.services.rosters.contents import findings_of
from registration.services.rosters.overview import facts_of

from .institution_doors import needs
from .institution_rosters import own_roster

PAGE = "registration/institution/sign.html"
PER_PAGE = 50


@needs("batch.upload")
@never_cache
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as it would be signed: sums, what is worth knowing, the declaration, the hash."""
    return render(request, PAGE, _shown(request, own_roster(request, pk)))


@needs("batch.confirm")
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign exactly the list that was shown."""
    found = own_roster(request, pk)
    if not request.POST.get("agree"):
        messages.error(request, "请先勾选“已逐人核对”，再签署。")
        return redirect("institution-sign", found.pk)
    seen = request.POST.get("seen", "")
    return _do(request, found, lambda by: signing.sign(found.pk, seen=seen, by=by), "资格初审已签署，请提交。")


@needs("batch.confirm")
@require_POST
def unsign(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the signature back."""
    found = own_roster(request, pk)
    return _do(request, found, lambda by: signing.unsign(found.pk, by=by), "签署已撤销，名单可以继续修改。")


@needs("batch.confirm")
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the signed list in; the moment counts."""
    found = own_roster(request, pk)
    return _do(request, found, lambda by: signing.submit(found.pk, by=by), f"名单 {found.number} 已提交。")


def _do(request: HttpRequest, found: Roster, act: Callable[[Act], object], said: str) -> HttpResponse:
    try:
        act(Act.of(request))
        messages.success(request, said)
    except Refusal as refusal:
        clause = f"（依据：{refusal.clause}）" if refusal.clause else ""
        messages.error(request, f"{refusal.sentence}{clause}")
    return redirect("institution-sign", found.pk)


def _shown(request: HttpRequest, found: Roster) -> dict[str, Any]:
    user = cast(User, request.user)
    rows = RosterRow.objects.visible_to(user).current().filter(roster=found, objected_at=None)
    noted = rows.exclude(findings=[]).order_by("line")
    page = Paginator(noted, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "nav": "mine",
        "roster": found,
        "facts": facts_of(found),
        "sums": [
            {**one, "kind": EntryKind(one["kind"]).label}
            for one in rows.values("class_name", "occupation__name", "kind")
            .annotate(people=Count("pk"), money=Sum("fee"))
            .order_by("class_name", "occupation__name", "kind")
        ],
        "total": rows.aggregate(people=Count("pk"), money=Sum("fee")),
        "page": page,
        "lines": [(row, findings_of(row)) for row in page.object_list],
        "conditions": papers.conditions_of(set(rows.values_list("occupation", flat=True).distinct())),
        "hash": found.signed_hash or signing.list_hash(found.pk),
        "is_approver": may(user, "batch.confirm"),
        "may_sign": signing.may_sign(user, found),
        "is_signed": found.status == RosterStatus.SIGNED,
        "is_frozen": found.status in {RosterStatus.SUBMITTED, RosterStatus.REVIEWED},
        "is_open_now": found.window.opens_on <= clock.today() <= found.window.closes_on,
    }
