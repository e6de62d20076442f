"""The candidate's own pages: all applications, one application, its papers, withdrawing."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from discipline.models import Bar, Case
from exams.rules import find_window
from exams.services.calendar import public_windows
from exams.services.kept_passes import wallet
from kupasi import clock, ics
from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import OPEN, ApplicationStatus
from registration.models import Application
from registration.services import applications, shown, status
from registration.services.form_pdf import form_pdf as make_form_pdf

from .candidate_doors import own_application, own_candidate, page_url, refused, step_shown

PAGE = "registration/me/{}.html"
WITHDRAWABLE = {ApplicationStatus.SUBMITTED, ApplicationStatus.RETURNED, ApplicationStatus.APPROVED}


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """My applications, each with one sentence saying what is next."""
    person = own_candidate(request)
    mine = Application.objects.visible_to(request.user).filter(candidate=person)
    rows = list(mine.select_related("candidate", "occupation", "exam_session", "entry__exam_session"))
    listed = [
        {"application": row, "tone": status.TONES[row.status], **step_shown(row, status.next_step(row))} for row in rows
    ]
    answer = find_window(clock.today(), public_windows())
    days = (answer.window.closes_on - clock.today()).days if answer.window else None
    busy = {row.occupation_id for row in rows if row.status in OPEN}
    found = wallet(person, on=clock.today())
    wallets = [one for one in found if one.is_allowed and one.occupation.pk not in busy]
    context = {
        "nav": "mine",
        "person": person,
        "listed": listed,
        "answer": answer,
        "days_left": days,
        "wallets": wallets,
        "told": Case.objects.visible_to(request.user).exists() or Bar.objects.visible_to(request.user).exists(),
    }
    return render(request, PAGE.format("dashboard"), context)


@login_required
@require_safe
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: what is next, what has happened, its papers."""
    row = own_application(request, pk)
    context = {
        "nav": "mine",
        "application": row,
        "tone": status.TONES[row.status],
        "events": status.timeline(row),
        "fee_url": page_url("fee", row) if row.number else "",
        "may_withdraw": row.status in WITHDRAWABLE,
        **step_shown(row, status.next_step(row)),
        **shown.summary(row, on=clock.today()),
    }
    return render(request, PAGE.format("application"), context)


@login_required
@require_safe
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Handed in: the number, what to print, where and until when to bring it."""
    row = own_application(request, pk)
    if row.number is None or row.exam_session is None:
        return redirect("apply-continue", pk=pk)
    context = {"nav": "mine", "application": row, "due": status.papers_due(row, exam_month=row.exam_session.exam_month)}
    return render(request, "registration/apply/done.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks before it withdraws, and says exactly what that changes."""
    row = own_application(request, pk)
    if request.method == "POST":
        try:
            applications.withdraw(pk, by=Act.of(request))
        except Refusal as refusal:
            return refused(request, row, refusal)
        messages.success(request, "申报已撤回。")
        return redirect("me")
    try:
        applications.judge_withdrawal(row)
    except Refusal as refusal:  # before anything is promised that paying has made untrue
        return refused(request, row, refusal)
    context = {
        "nav": "mine",
        "title": "撤回申报",
        "effects": ["这份申报结束，占用的名额释放，之后不能恢复。", "不产生费用，已开出的缴费单关闭。",
                    "在申报时间内可以重新申报。"],
        "clause": "须知 一",
        "submit_label": "确认撤回",
        "danger": True,
        "cancel_url": reverse("application", args=[pk]),
    }  # fmt: skip
    return render(request, "registration/me/withdraw.html", context)


@login_required
@require_safe
def form_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The 报名表 as a PDF, to be printed and signed."""
    row = own_application(request, pk)
    if row.number is None:
        return redirect("apply-continue", pk=pk)
    headers = {"Content-Disposition": f'inline; filename="form-{row.number}.pdf"'}
    return HttpResponse(make_form_pdf(row), content_type="application/pdf", headers=headers)


@login_required
@require_safe
def calendar_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What comes next, for the calendar of a phone."""
    row = own_application(request, pk)
    site = settings.SITE_URL + reverse("application", args=[pk])
    content = ics.calendar("我的职业技能评价", events=shown.coming_events(row, site=site), stamp=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="application-{pk}.ics"'}
    return HttpResponse(content, content_type=ics.MEDIA_TYPE, headers=headers)
