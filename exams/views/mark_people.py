"""People around marks: declared relations, error rates, and hints about pass rates (score.enter, score.review)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.forms_marks import ReasonForm, RelationForm
from exams.models import ExamSession, Relation, Tie
from exams.services.marking_quality import error_rates
from exams.services.outliers import hints_of
from exams.services.relations import declare, end
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may, may_any

from .doors import needs

PAGE = "exams/marks/{}.html"


@require_http_methods(["GET", "HEAD", "POST"])
@needs("score.enter")
def relations(request: HttpRequest) -> HttpResponse:
    """A marker's own relations, and declaring one."""
    by, status = Act.of(request), 200
    form = RelationForm(request.POST or None)
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            to = given["institution"].pk if given["institution"] else None
            try:
                declare(words=given["words"], institution_id=to, ticket=given["ticket"], by=by)
                messages.success(request, "已申报，有关答卷由其他人员录入。")
                return redirect("mark-relations")
            except Refusal as refusal:
                add_to_form(form, refusal)
    shown = {
        "form": form,
        "ties": Tie.objects.filter(user=by.person).select_related("institution"),
        "own": Relation.objects.filter(person=by.person),
    }
    return render(request, PAGE.format("relations"), shown, status=status)


@require_POST
@needs("score.review")
def relation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a relation of somebody else, with a reason."""
    if not may(request.user, "score.review", how="approve"):
        raise PermissionDenied
    row, form = get_object_or_404(Relation, pk=pk), ReasonForm(request.POST)
    try:
        end(row.pk, reason=form.cleaned_data["reason"] if form.is_valid() else "", by=Act.of(request))
        messages.success(request, "已解除回避。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("mark-quality")


@require_safe
@needs("score.review")
def quality(request: HttpRequest) -> HttpResponse:
    """Error rates per person, and who stands back from what."""
    ties = Tie.objects.filter(ended_on=None, user__marking__isnull=False)
    shown = {
        "rates": error_rates(),
        "relations": Relation.objects.filter(ended_at=None).select_related("person"),
        "ties": ties.select_related("user", "institution").distinct(),
        "may_end": may(request.user, "score.review", how="approve"),
    }
    return render(request, PAGE.format("quality"), shown)


@require_safe
@needs("score.review")
def hints(request: HttpRequest, pk: int) -> HttpResponse:
    """Pass rates of one session that chance hardly explains."""
    session = get_object_or_404(ExamSession.objects.select_related("occupation"), pk=pk)
    back = (reverse("publication", args=[session.pk]), "成绩公布")
    if not may_any(request.user, "score.publish"):
        back = (reverse("board-deadlines"), "期限")
    shown = {"session": session, "looked": hints_of(session.pk), "back_url": back[0], "back_label": back[1]}
    return render(request, PAGE.format("hints"), shown)
