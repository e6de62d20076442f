"""The office's pages of cases: the inbox, one case with the steps that are this person's, papers, evidence."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from discipline.enums import CaseStatus, Outcome
from discipline.forms_act import ActForm, is_clerk
from discipline.forms_complaints import ReceiptForm
from discipline.forms_decision import FORMS, Decide
from discipline.models import Case, Decision, Evidence, RegisterTask
from discipline.rules import clause_named
from discipline.services import confirming, deciding, effects, inbox
from discipline.services.deciding import Proposal
from discipline.services.desk import WITH
from discipline.services.ledger import Plan
from discipline.services.tasks_outside import finish
from exams.views.doors import needs
from kupasi import clock
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import has_cell, may, may_any

from .papers import evidence_answer, file_answer

SIGNABLE = (CaseStatus.NOTICED, CaseStatus.HEARD)


def sees_cases(user: Any) -> bool:
    """Whether the role has anything to do with cases."""
    return may_any(user, "case.open") or may_any(user, "case.decide_23")


@require_safe
@needs("case.evidence")
def cases(request: HttpRequest) -> HttpResponse:
    """What waits, by deadline, and what came to an end lately."""
    _staff(request)
    rows = Case.objects.visible_to(request.user)
    lines = inbox.inbox(rows, on=clock.today())
    shown = {
        "lines": lines,
        "load": inbox.load(lines, on=clock.today()),
        "finished": inbox.finished(rows),
        "notes": inbox.notes_waiting(request.user, at=clock.now()),
        "outcomes": inbox.outcomes() if may_any(request.user, "case.decide_23") else [],
        "records": has_cell(request.user, "room.record", "R"),
        "handles": is_clerk(request.user),
        "audits": has_cell(request.user, "case.decide_23", "L"),
        "takes_lists": may_any(request.user, "sanction.lift"),
    }
    return render(request, "discipline/office/list.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("case.evidence")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case; POST takes the step that its button names, or shows what a decision would change."""
    _staff(request)
    found = _found(request, pk)
    if request.method != "POST":
        return render(request, "discipline/office/case.html", _shown(request, found, {}))
    name = request.POST.get("act", "")
    kind = FORMS.get("decide" if name == "preview" else name)
    if kind is None:
        return HttpResponseBadRequest()
    if not kind.is_for(request.user, found):
        return _too_late(request, found, kind)
    form = kind(request.POST, request.FILES, case=found, prefix="" if name in ("decide", "preview") else name)
    if name == "preview":
        plan = _preview(form, found, by=Act.of(request)) if form.is_valid() else None
        return render(request, "discipline/office/case.html", _shown(request, found, {"decide": form}, plan=plan))
    if form.carry_out(Act.of(request)):
        messages.success(request, f"{found.number}　{kind.done}。")
        return redirect("case", pk=pk)
    fresh = _found(request, pk)
    changed = isinstance(form, Decide) and form.has_error("__all__", "plan_changed")
    plan = _preview(form, fresh, by=Act.of(request)) if changed else None  # what it would change now, to be signed
    return render(request, "discipline/office/case.html", _shown(request, fresh, {name: form}, plan=plan))


@require_safe
@needs("case.evidence")
def letter(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A paper of a case; what the office opens is recorded."""
    _staff(request)
    found = _found(request, pk)
    answer = file_answer(found, kind)
    with transaction.atomic():
        record(Act.of(request), "case.letter_read", found, after={"kind": kind})
    return answer


@require_safe
@needs("case.evidence")
def evidence_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of evidence of a case that one may see; the look is recorded."""
    _staff(request)
    row = get_object_or_404(Evidence, pk=pk, case__in=Case.objects.visible_to(request.user))
    try:
        answer = evidence_answer(row)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("case", pk=row.case_id)
    with transaction.atomic():
        record(Act.of(request), "case.evidence_read", row)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@needs("case.open")
def tasks(request: HttpRequest) -> HttpResponse:
    """What registers outside are to be told; each is done with its receipt."""
    if not is_clerk(request.user):
        raise PermissionDenied
    form = ReceiptForm(request.POST or None)
    if request.method == "POST":
        row = get_object_or_404(RegisterTask, pk=request.POST.get("task") or 0)
        if form.is_valid():
            finish(row.pk, by=Act.of(request), receipt=form.cleaned_data["receipt"])
            messages.success(request, f"{row} 已完成。")
            return redirect("case-tasks")
    rows = RegisterTask.objects.filter(done_at=None).select_related("case")
    return render(request, "discipline/office/tasks.html", {"tasks": rows, "form": form})


def _too_late(request: HttpRequest, found: Case, kind: type[ActForm]) -> HttpResponse:
    """A step of one's own that was taken meanwhile, as by a second click, is no want of permission."""
    if not kind.belongs_to(request.user, found):
        raise PermissionDenied
    messages.error(request, f"{found.number}　现在是“{found.get_status_display()}”，“{kind.label}”已办过或不能办理。")
    return render(request, "discipline/office/case.html", _shown(request, found, {}), status=409)


def _staff(request: HttpRequest) -> None:
    if not (request.user.is_staff and sees_cases(request.user)):  # type: ignore[union-attr]  # needs() asked first
        raise PermissionDenied


def _found(request: HttpRequest, pk: int) -> Case:
    return get_object_or_404(Case.objects.visible_to(request.user).select_related(*WITH, "decision__clause"), pk=pk)


def _preview(form: Any, found: Case, *, by: Act) -> Plan | None:
    """The effects of what was typed; a refusal stands on the form."""
    try:
        return effects.preview(found, deciding.ruling_of(found, form.proposal(), on=by.on), by=by)
    except Refusal as refusal:
        add_to_form(form, refusal)
        return None


def _shown(request: HttpRequest, found: Case, bound: dict[str, ActForm], *, plan: Plan | None = None) -> dict[str, Any]:
    user: Any = request.user
    decision: Decision | None = getattr(found, "decision", None)
    fact, past = clause_named(found.clause.code), inbox.past_outcomes(found)
    current = _current_plan(request, found, decision)
    forms = _forms(user, found, current)
    forms |= {name: (bound[name], kind) for name, (_, kind) in forms.items() if name in bound}
    return {
        "case": found,
        "clause_text": fact.text if fact else "",
        "decision": decision,
        "letters": found.letters.all(),
        "evidence": found.evidence.select_related("added_by", "signed_by"),
        "steps": found.steps.select_related("by"),
        "awaits": confirming.confirmer_of(found) if found.status == CaseStatus.RECORDED else None,
        "enters_heads": may(user, "seat.arrange"),
        "forms": [(name, form) for name, (form, _) in forms.items() if name != "decide"],
        "decide": forms["decide"][0] if "decide" in forms else None,
        "plan": plan,
        "possible": _possible(request, found) if "decide" in forms and plan is None else [],
        "current": current,
        "changed": current is not None and decision is not None and current.sha256 != decision.plan_hash,
        "past": past if may_any(user, "case.decide_23") or "examine" in forms else [],
        "hint": inbox.hint(found, past) if "decide" in forms else "",
        "effects": found.effects.all(),
        "tasks": found.register_tasks.all(),
        "errors_of": next(iter(bound.values()), None),
        "reads_all": has_cell(user, "case.decide_23", "VL"),
    }


def _forms(user: Any, found: Case, current: Plan | None) -> dict[str, tuple[ActForm, type[ActForm]]]:
    forms: dict[str, tuple[ActForm, type[ActForm]]] = {}
    as_signed = current is not None and current.sha256 == found.decision.plan_hash
    for name, kind in FORMS.items():
        if name == "sign" and found.status == CaseStatus.SERVED and as_signed:
            continue  # nothing is different: there is nothing to sign a second time
        if kind.is_for(user, found):
            initial = {"plan_hash": current.sha256} if name == "sign" and current else {}
            prefix = "" if kind is Decide else name
            forms[name] = (kind(case=found, prefix=prefix, initial=initial), kind)
    return forms


def _current_plan(request: HttpRequest, found: Case, decision: Decision | None) -> Plan | None:
    """What the decision that waits would change as things are now; None once it was carried out or dropped."""
    waits = found.status in (*SIGNABLE, CaseStatus.DECIDED, CaseStatus.SERVED)
    if decision is None or not waits or not may_any(request.user, "case.decide_23"):
        return None
    by = Act.of(request)
    return effects.preview(found, deciding.standing(found, decision, by=by), by=by)


def _possible(request: HttpRequest, found: Case) -> list[tuple[str, Plan]]:
    """The effects of what is intended and, under 须知 四, of the lesser severity."""
    by, shown = Act.of(request), list[tuple[str, Plan]]()
    wanted = [Proposal(Outcome.UPHOLD, found.clause.code, "")]
    if found.severity == "serious":
        wanted.append(Proposal(Outcome.REDUCE, found.clause.code, "", severity="lesser"))
    for proposal in wanted:
        ruling = deciding.ruling_of(found, proposal, on=by.on)
        shown.append((Outcome(proposal.outcome).label, effects.preview(found, ruling, by=by)))
    return shown
