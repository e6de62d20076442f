"""Cancelled and moved exams for the office: who has chosen what, the choice at the counter, what finance pays back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.enums import SittingStatus
from exams.models import Disruption, ExamSession, Sitting
from exams.services.disruptions import OVER
from kupasi import clock
from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.models import Proposal
from kupasi.dates import month_start
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may
from registration.enums import ChoiceStatus
from registration.forms.changes import ChoiceForm
from registration.models import DisruptionChoice
from registration.services import choices
from registration.services.disruption_letters import happened

from .desk_doors import needs

PAGE = "board/{}.html"
SALT = "board.owed"
HOUR, MOST, PER_PAGE = 3600, 100, 50
CLERK, FINANCE = ("refund.ask", "ask"), ("refund.approve", "approve")
SEES = (CLERK, FINANCE, ("refund.approve", ""), ("plan.edit", "ask"), ("plan.edit", "approve"))


@require_safe
@needs(*SEES)
def listed(request: HttpRequest) -> HttpResponse:
    """What was called off or moved, with how many have chosen; and the sessions ahead."""
    rows = (
        Disruption.objects.select_related("exam_session__occupation", "target")
        .annotate(people=Count("choices"), waiting=Count("choices", filter=Q(choices__status__in=["due", "open"])))
        .order_by("-pk")
    )
    begun = Sitting.objects.filter(Q(starts_at__lte=clock.now()) | Q(status=SittingStatus.CLOSED), taken__gt=0)
    ahead = ExamSession.objects.exclude(status__in=OVER).filter(exam_month__gte=month_start(clock.today()))
    ahead = ahead.exclude(pk__in=begun.exclude(status=SittingStatus.CANCELLED).values("exam_session"))
    shown = {
        "title": "取消与改期",
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "ahead": ahead.select_related("occupation").order_by("exam_month", "pk"),
        "may_ask": may(request.user, "plan.edit", how="ask"),
    }
    return _page(request, "disruptions", shown)


@require_safe
@needs(*SEES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One disruption: everybody in it and what each chose; for finance, what is owed."""
    disruption = get_object_or_404(Disruption.objects.select_related("exam_session", "proposal"), pk=pk)
    rows = DisruptionChoice.objects.visible_to(request.user).filter(disruption=disruption)
    counts = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    listed = rows.select_related("application__institution", "target", "chosen_by").order_by("pk")
    waiting = _owed(request, disruption)[:MOST] if may(request.user, *FINANCE[:1], how=FINANCE[1]) else []
    shown = {
        "title": str(disruption),
        "disruption": disruption,
        "happened": happened(disruption),
        "counts": [(status.label, counts[status.value]) for status in ChoiceStatus if status.value in counts],
        "page": Paginator(listed, PER_PAGE).get_page(request.GET.get("page")),
        "owed": [(proposal, _amount(proposal)) for proposal in waiting],
        "keys": signing.dumps([(row.pk, row.digest) for row in waiting], salt=f"{SALT}.{request.user.pk}"),
    }
    return _page(request, "disruption", shown)


@require_POST
@needs(FINANCE)
def pay_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve exactly the refunds that were shown, each by itself; what changed meanwhile is said and left."""
    try:
        seen = signing.loads(request.POST.get("keys", ""), salt=f"{SALT}.{request.user.pk}", max_age=HOUR)
    except signing.BadSignature:
        messages.error(request, "页面停留过久或内容有变动，请核对后重新批准。")
        return redirect("board-disruption", pk)
    disruption, done = get_object_or_404(Disruption, pk=pk), 0
    open_ones = {row.pk for row in _owed(request, disruption)}
    for key, digest in seen:
        try:
            if key in open_ones:
                approvals.approve(key, seen=digest, by=Act.of(request))
                done += 1
        except Refusal as refusal:
            messages.error(request, f"TF{key}　{refusal.sentence}")
    if done:
        messages.success(request, f"已批准退费：{done} 笔。")
    return redirect("board-disruption", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*SEES)
def choice(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's choice; a clerk takes it down at the counter."""
    rows = DisruptionChoice.objects.visible_to(request.user).select_related(
        "disruption__exam_session", "application__exam_session", "application__candidate", "target", "chosen_by"
    )
    row = get_object_or_404(rows, pk=pk)
    may_choose = may(request.user, CLERK[0], how=CLERK[1])
    if request.method == "POST" and not may_choose:
        raise PermissionDenied
    is_open = row.status == ChoiceStatus.OPEN
    options = choices.options(row, row.application, on=clock.today()) if is_open else []
    form = ChoiceForm(request.POST or None, options=options)
    form.fields["option"].label = "本人（或申报机构）的选择"
    if request.method == "POST" and is_open and form.is_valid():
        try:
            choices.choose(pk, option=form.cleaned_data["option"], by=Act.of(request))
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已记录选择，本人会收到来信。")
            return redirect("board-choice", pk)
    asked = Proposal.objects.visible_to(request.user).filter(kind=choices.OWED, about_id=str(row.pk)).first()
    shown = {
        "title": f"选择 {row.application.number}",
        "row": row,
        "happened": happened(row.disruption),
        "asked": asked,
    }
    return _page(request, "choice", {**shown, "form": form if may_choose and is_open else None})


def _owed(request: HttpRequest, disruption: Disruption) -> Any:
    """The refunds of a disruption that this person may approve now."""
    keys = DisruptionChoice.objects.visible_to(request.user).filter(disruption=disruption, status=ChoiceStatus.REFUND)
    about = [str(key) for key in keys.values_list("pk", flat=True)]
    rows = Proposal.objects.visible_to(request.user).to_decide(request.user)
    return rows.filter(kind=choices.OWED, about_id__in=about, status=ProposalStatus.OPEN).order_by("pk")


def _amount(proposal: Proposal) -> str:
    return str(proposal.payload["amount"])


def _page(request: HttpRequest, name: str, shown: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, PAGE.format(name), {**admin.site.each_context(request), **shown})
