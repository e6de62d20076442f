"""Rechecks: the candidate asks, the office answers in time (rules M6; matrix score.read, score.review)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from exams.enums import RecheckPoint, RecheckStatus
from exams.forms_rechecks import AnswerForm, RecheckForm, TicketForm
from exams.models import Mark, Recheck
from exams.services.rechecks import ask_recheck, until_of, uphold, with_later_change
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may

from .doors import needs

READ_WRITE = ["GET", "HEAD", "POST"]
ACTION = "score.review"


@login_required
@require_http_methods(READ_WRITE)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """What a recheck looks at and what it does not; then it is asked for."""
    own = Mark.objects.visible_to(request.user).filter(seat__entry__candidate__user=request.user.pk)
    mark = get_object_or_404(own.select_related("publication", "seat__subject", "seat__entry__exam_session"), pk=pk)
    form, status = RecheckForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                ask_recheck(mark.pk, points=form.cleaned_data["points"], by=Act.of(request))
                messages.success(request, "复核申请已提交，答复后会发信告诉您。")
                return redirect("results")
            except Refusal as refusal:
                add_to_form(form, refusal)
    context = {"nav": "mine", "mark": mark, "form": form, "until": until_of(mark)}
    return render(request, "exams/rechecks/ask.html", context, status=status)


@require_safe
@needs(ACTION)
def rechecks(request: HttpRequest) -> HttpResponse:
    """What waits, the most urgent first; then what was answered lately."""
    rows = with_later_change(Recheck.objects.visible_to(request.user))
    rows = rows.select_related("mark__seat__subject", "mark__seat__entry__exam_session__occupation")
    today = clock.today()
    context = {"waiting": rows.open(), "done": rows.exclude(status=RecheckStatus.ASKED).order_by("-answered_at")[:30]}
    return render(request, "exams/rechecks/list.html", {**context, "today": today})


@require_http_methods(READ_WRITE)
@needs("score.publish")
def correct(request: HttpRequest) -> HttpResponse:
    """Published marks by the ticket's number, each with the door to asking for another one."""
    form, marks = TicketForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["ticket"].strip()
        rows = Mark.objects.visible_to(request.user).published().filter(seat__entry__ticket__number=number)
        marks = rows.select_related("seat__subject", "seat__entry__exam_session__occupation").order_by("seat__pk")
    may_ask = may(request.user, "score.change_published", how="ask")
    return render(request, "exams/rechecks/correct.html", {"form": form, "marks": marks, "may_ask": may_ask})


@require_http_methods(READ_WRITE)
@needs(ACTION)
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """One recheck: what was asked, the mark, and the answer that it stands; another mark goes through two people."""
    rows = with_later_change(Recheck.objects.visible_to(request.user))
    rows = rows.select_related("mark__seat__subject", "mark__seat__entry__ticket")
    row = get_object_or_404(rows.select_related("mark__seat__sitting", "mark__seat__entry__exam_session"), pk=pk)
    may_answer = may(request.user, ACTION, how="approve")
    form, status = AnswerForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if not may_answer:
            status = 403
        elif form.is_valid():
            try:
                uphold(row.pk, answer=form.cleaned_data["answer"], by=Act.of(request))
                messages.success(request, "已答复，本人会收到通知。")
                return redirect("rechecks")
            except Refusal as refusal:
                add_to_form(form, refusal)
    shown = {
        "row": row,
        "points": [RecheckPoint(one).label for one in row.points],
        "form": form,
        "may_answer": may_answer and row.status == RecheckStatus.ASKED,
        "may_change": may(request.user, "score.change_published", how="ask"),
        "changes": row.mark.changes.select_related("asked_by", "approved_by"),
    }
    return render(request, "exams/rechecks/page.html", shown, status=status)
