"""One's own case: the notice, the statement or waiver, the decision, the review (matrix: case.statement)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from discipline.enums import CaseStatus, LetterKind
from discipline.forms_own import EvidenceForm, WordsForm
from discipline.models import Bar, Case, Decision
from discipline.rules import clause_named
from discipline.services import evidence, hearing, review
from kupasi import clock
from kupasi.acts import Act
from kupasi.dates import Span, first_free
from kupasi.errors import Refusal, add_to_form

from .papers import file_answer

S = CaseStatus
ANSWERABLE = (S.NOTICED, S.HEARD)


@require_safe
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """What one was told about."""
    rows = Case.objects.visible_to(request.user).filter(candidate__user=request.user.pk)
    today = clock.today()
    bars = Bar.objects.visible_to(request.user).in_force().filter(candidate__user=request.user.pk)
    running = list(bars.filter(barred_until__gte=today).select_related("clause").order_by("barred_from"))
    shown = {
        "cases": rows.select_related("clause", "entry__exam_session__occupation"),
        "bars": running,
        "is_barred": any(one.barred_from <= today for one in running),
        "free_on": first_free(today, [Span(one.barred_from, one.barred_until) for one in running]),
        "nav": "mine",
    }
    return render(request, "discipline/own/list.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: what is said, what one may do until when; POST does what its button names."""
    found = _own(request, pk)
    bound: dict[str, BaseForm] = {}
    if request.method == "POST":
        act = request.POST.get("act", "")
        form = _form(act, request)
        if _carried_out(act, form, found, by=Act.of(request)):
            messages.success(request, DONE[act])
            return redirect("my-case", pk=pk)
        bound[act] = form
        found = _own(request, pk)
    return render(request, "discipline/own/case.html", _shown(request, found, bound))


@require_safe
@login_required
def letter(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A paper of one's own case."""
    return file_answer(_own(request, pk), kind)


DONE = {
    "state": "已收到您的陈述申辩，作出决定前会一并考虑。",
    "waive": "已记录您放弃陈述申辩。",
    "review": "已收到复核申请，由没有参与过的人员办理。",
    "evidence": "已收到材料。",
}


def _form(act: str, request: HttpRequest) -> BaseForm:
    if act == "evidence":
        return EvidenceForm(request.POST, request.FILES)
    return WordsForm(request.POST)


def _carried_out(act: str, form: Any, found: Case, *, by: Act) -> bool:
    """Whether the act was done; a refusal stands on its form."""
    acts: dict[str, Callable[[], object]] = {
        "state": lambda: hearing.state(found.pk, by=by, text=form.cleaned_data["text"]),
        "waive": lambda: hearing.waive(found.pk, by=by),
        "review": lambda: review.ask(found.pk, by=by, text=form.cleaned_data["text"]),
        "evidence": lambda: evidence.add_evidence(
            found.pk, by=by, title=form.cleaned_data["title"], data=form.cleaned_data["file"].read()
        ),
    }
    valid = form.is_valid()
    if act not in acts or not (valid or act == "waive"):
        return False
    try:
        acts[act]()
    except Refusal as refusal:
        form.is_valid()
        add_to_form(form, refusal)
        return False
    return True


def _own(request: HttpRequest, pk: int) -> Case:
    """Only the person concerned: the office has its own page."""
    rows = Case.objects.visible_to(request.user).filter(candidate__user=request.user.pk)
    return get_object_or_404(rows.select_related("clause", "entry__exam_session__occupation", "candidate"), pk=pk)


def _shown(request: HttpRequest, found: Case, bound: dict[str, BaseForm]) -> dict[str, Any]:
    today = clock.today()
    letters = list(found.letters.order_by("pk"))
    decision = Decision.objects.filter(case=found, decided_at__isnull=False).select_related("clause").first()
    fact = clause_named(found.clause.code)
    open_review = found.status in (S.SERVED, S.CARRIED_OUT) and found.review_asked_at is None
    return {
        "case": found,
        "clause_text": fact.text if fact else "",
        "letters": letters,
        "decision": decision,
        "lines": [one[3] for one in decision.plan if one[0] != "register"] if decision else [],
        "evidence": found.evidence.filter(is_own=True),
        "may_state": found.status in ANSWERABLE,
        "may_waive": found.status == S.NOTICED,
        "may_ask_review": open_review and found.review_until is not None and today <= found.review_until,
        "forms": {"state": WordsForm(), "review": WordsForm(), "evidence": EvidenceForm(), **bound},
        "errors_of": next(iter(bound.values()), None),
        "kinds": LetterKind,
        "nav": "mine",
    }
