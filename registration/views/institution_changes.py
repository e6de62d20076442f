"""What an institution chooses for its people whose exam was cancelled or moved (rules A4)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.roles import may
from registration.enums import ChoiceStatus
from registration.models import DisruptionChoice
from registration.services import choices

from .institution_doors import needs, own_institution

MOST = 500


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ledger.read")
def changes(request: HttpRequest) -> HttpResponse:
    """Those who wait for a choice, with what may be chosen for them; POST takes one way for everybody ticked."""
    may_choose = may(request.user, "refund.ask")
    if request.method == "POST" and not may_choose:
        raise Http404
    rows = DisruptionChoice.objects.visible_to(request.user).filter(application__institution=own_institution(request))
    rows = rows.select_related("disruption__exam_session", "target", "application__roster_row").order_by("pk")
    waiting = list(rows.filter(status=ChoiceStatus.OPEN).select_related("application__exam_session")[:MOST])
    if request.method == "POST":
        return _chosen(request, waiting)
    context = {
        "nav": "mine",
        "waiting": waiting,
        "ways": _ways(waiting),
        "made": rows.exclude(status__in=[ChoiceStatus.OPEN, ChoiceStatus.DUE]).order_by("-chosen_at")[:MOST],
        "may_choose": may_choose,
    }
    return render(request, "registration/institution/changes.html", context)


def _ways(waiting: list[DisruptionChoice]) -> list[choices.Option]:
    """Every way that is open to one of the affected sessions, once; who cannot take it is told by name."""
    found: dict[str, choices.Option] = {}
    seen: set[tuple[int, int | None]] = set()
    for one in waiting:
        key = (one.disruption_id, one.application.exam_session_id)
        if key not in seen:
            seen.add(key)
            ways = choices.options(one, one.application, on=clock.today())
            found |= {way.key: way for way in ways if way.key != choices.REFUND}
    refund = choices.Option(choices.REFUND, "全额退费", "这些申报随之取消，费用退回本机构，财务批准后来信告知。")
    return [*found.values(), refund] if waiting else []


def _chosen(request: HttpRequest, waiting: list[DisruptionChoice]) -> HttpResponse:
    ticked, option = set(request.POST.getlist("choice")), str(request.POST.get("option", ""))
    if not ticked or not option:
        messages.error(request, "请先勾选人员，再选择一种办法。")
        return redirect("institution-changes")
    done = 0
    for one in waiting:
        if str(one.pk) not in ticked:
            continue
        try:
            choices.choose(one.pk, option=option, by=Act.of(request))
            done += 1
        except Refusal as refusal:
            messages.error(request, f"{one.application.number}　{refusal.sentence}")
    if done:
        messages.success(request, f"已为 {done} 人记录选择，办理情况会来信告知。")
    return redirect("institution-changes")
