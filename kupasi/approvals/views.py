"""The pages of approvals: ask, decide (office), and a candidate's own requests."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.crypto import blind_index
from kupasi.people.roles import has_cell

from . import kinds, services
from .enums import ProposalStatus
from .forms import ApproveForm, ReasonForm
from .kinds import AskForm, Kind
from .models import Proposal

OFFICE = "approvals/office/{}.html"
MINE = "approvals/mine/{}.html"
WAYS = ("GET", "HEAD", "POST")


@never_cache
@require_http_methods(WAYS)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: before → after, why; approve, refuse, withdraw, or look at whole numbers for a reason."""
    rows = Proposal.objects.visible_to(request.user).select_related("asked_by", "first_by", "decided_by")
    proposal = get_object_or_404(rows, pk=pk)
    act = request.POST.get("act", "")
    forms = {
        "approve": ApproveForm(request.POST if act == "approve" else None, initial={"seen": proposal.digest}),
        "refuse": ReasonForm(request.POST if act == "refuse" else None, prefix="refuse"),
        "reveal": ReasonForm(request.POST if act == "reveal" else None, prefix="reveal"),
    }
    lines = proposal.lines
    if act == "reveal" and _may_reveal(request.user, proposal) and forms["reveal"].is_valid():
        lines = services.reveal(proposal, reason=forms["reveal"].cleaned_data["reason"], by=Act.of(request))
    elif request.method == "POST" and _decide(request, proposal, act, forms):
        return redirect("admin:approvals_proposal_page", pk)
    return _shown(request, proposal, forms, lines)


def _shown(request: HttpRequest, proposal: Proposal, forms: dict[str, Any], lines: list[Any]) -> HttpResponse:
    kind = kinds.get(proposal.kind)
    shown = {
        **admin.site.each_context(request),
        "title": f"审批 {proposal.kind_label}",
        "proposal": proposal,
        "kind": kind,
        "lines": lines,
        "forms": forms,
        "about_url": kind.url(proposal.about_id, request.user),
        "may_decide": Proposal.objects.visible_to(request.user).to_decide(request.user).filter(pk=proposal.pk).exists(),
        "may_withdraw": proposal.status == ProposalStatus.OPEN and proposal.asked_by_id == request.user.pk,
        "may_reveal": _may_reveal(request.user, proposal),
    }
    return TemplateResponse(request, OFFICE.format("page"), shown)


def _may_reveal(user: Any, proposal: Proposal) -> bool:
    return proposal.has_masked and has_cell(user, "pii.full_id", "LTY")


def _decide(request: HttpRequest, proposal: Proposal, act: str, forms: dict[str, Any]) -> bool:
    """Whether it was done; if not, the form says why."""
    by, form = Act.of(request), forms.get(act)
    try:
        if act == "withdraw":
            services.withdraw(proposal.pk, by=by)
            messages.success(request, "已撤回。")
            return True
        if form is None or not form.is_valid():
            return False
        given = form.cleaned_data
        if act == "approve":
            done = services.approve(proposal.pk, seen=given["seen"], reason=given["reason"], by=by)
            waits = done.status == ProposalStatus.OPEN
            messages.success(request, "已批准，等待第二位审批人。" if waits else "已批准并办理完毕。")
        elif act == "refuse":
            services.refuse(proposal.pk, reason=given["reason"], by=by)
            messages.success(request, "已记为不批准，申请人会收到通知。")
        return act in ("approve", "refuse")
    except Refusal as refusal:
        if refusal.code in ("not_allowed", "four_eyes"):
            raise PermissionDenied from refusal
        messages.error(request, f"{refusal.sentence}{f'（依据：{refusal.clause}）' if refusal.clause else ''}")
        return True


@never_cache
@require_http_methods(WAYS)
def ask(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The office asks for a two-person act about an object (0: about something new)."""
    kind = _kind(request, code)
    about = None if kind.is_new else get_object_or_404(kind.rows(request.user), pk=pk)
    form = kind.form(request.POST or None, about=about, user=request.user, initial=_suggested(request))
    if request.method == "POST" and form.is_valid():
        proposal = _ask(kind, about, form, by=Act.of(request))
        if proposal is not None:
            messages.success(request, "已提交审批，另一位工作人员批准后才会生效。")
            return redirect("admin:approvals_proposal_page", proposal.pk)
    shown = {
        **admin.site.each_context(request),
        "title": f"申请{kind.label}",
        "kind": kind,
        "about": about,
        "form": form,
    }
    return TemplateResponse(request, OFFICE.format("ask"), shown)


@never_cache
@login_required
@require_http_methods(WAYS)
def ask_mine(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """A candidate asks for something about what is their own."""
    kind = _kind(request, code)
    about = get_object_or_404(kind.rows(request.user), pk=pk)
    form = kind.form(request.POST or None, about=about, user=request.user)
    if request.method == "POST" and form.is_valid() and _ask(kind, about, form, by=Act.of(request)) is not None:
        messages.success(request, "申请已提交，办理结果会发信告诉您。")
        return redirect("my-requests")
    context = {"nav": "mine", "kind": kind, "form": form, "title": f"申请{kind.label}"}
    return render(request, MINE.format("ask"), context)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What one asked for, and what became of it."""
    rows = Proposal.objects.visible_to(request.user).filter(asked_by=request.user.pk)
    return render(request, MINE.format("list"), {"nav": "mine", "proposals": rows})


@login_required
@require_POST
def withdraw_mine(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request back."""
    rows = Proposal.objects.visible_to(request.user).filter(asked_by=request.user.pk)
    proposal = get_object_or_404(rows, pk=pk)
    try:
        services.withdraw(proposal.pk, by=Act.of(request))
        messages.success(request, "申请已撤回。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("my-requests")


def _suggested(request: HttpRequest) -> dict[str, Any]:
    """What a link to the page has chosen already: keys only, never words about a person."""
    found: dict[str, Any] = {"roles": request.GET.getlist("roles")} if "roles" in request.GET else {}
    return found | ({"institution": request.GET["institution"]} if "institution" in request.GET else {})


def _kind(request: HttpRequest, code: str) -> Kind:
    """The kind, if this person may ask for it; everybody else finds nothing."""
    kind = kinds.registry.get(code)
    if kind is None or not kind.may_ask(request.user):
        raise Http404
    return kind


def _ask(kind: Kind, about: Any, form: AskForm, *, by: Act) -> Proposal | None:
    """The proposal, or None when the form now says why not."""
    payload = form.payload()
    key = blind_index("proposal-key", str(payload.get("username", ""))) if kind.is_new else ""
    try:
        return services.ask(
            by, kind=kind.code, about=about, payload=payload, reason=form.cleaned_data["reason"], key=key
        )
    except Refusal as refusal:
        add_to_form(form, refusal)
        return None
