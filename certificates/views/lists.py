"""Lists for certificates and official numbers: drawn up here by one, approved in the inbox by another."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from certificates.forms import ListForm, NumbersForm
from certificates.models import Certificate, IssueBatch, NumberImport
from certificates.services import batches, official
from exams.models import ExamSession
from kupasi import clock
from kupasi.acts import Act
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may, may_any

PAGE = "admin/certificates/lists/{}.html"
WAYS = ("GET", "HEAD", "POST")


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The exam sessions in which somebody waits for a list."""
    _expect_reader(request)
    return _page(request, "choose", "列出发证名单", sessions=batches.sessions_waiting())


@require_http_methods(WAYS)
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as it stands now: who is on it, who is not and why; whoever may asks for its approval."""
    _expect_reader(request)
    session = get_object_or_404(ExamSession.objects.select_related("occupation"), pk=pk)
    listing = batches.list_up(pk, on=clock.today())
    may_ask = may(request.user, "cert.approve", how="ask")
    form = ListForm(request.POST or None, initial={"expected": listing.digest})
    if request.method == "POST":
        if not may_ask:
            raise PermissionDenied
        if form.is_valid() and (proposal := _propose(pk, form, by=Act.of(request))) is not None:
            messages.success(request, "已提请批准，另一位工作人员批准后自动编号制证。")
            return redirect("admin:approvals_proposal_page", proposal.pk)
    return _page(
        request,
        "prepare",
        f"发证名单 {session}",
        session=session,
        listing=listing,
        form=form if may_ask and listing.listed else None,
    )


@require_safe
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """A list that was drawn up: its people as they were listed, the others and why, and who approved it."""
    rows = IssueBatch.objects.visible_to(request.user).select_related(
        "exam_session__occupation", "made_by", "approved_by"
    )
    found = get_object_or_404(rows, pk=pk)
    return _page(
        request,
        "batch",
        f"发证名单 {found}",
        batch=found,
        certificates=_certificates(request.user, found.listed),
        excluded=batches.left_out(found),
        proposal=_proposal(request.user, found, batches.KIND),
    )


@require_http_methods(WAYS)
def numbers(request: HttpRequest) -> HttpResponse:
    """Take a file of official numbers: a faulty one is shown with its faults, a good one is kept for the asking."""
    if not may(request.user, "cert.approve", how="ask"):
        raise PermissionDenied
    form, preview = NumbersForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            preview = official.read(file.read())
            made = official.keep(preview, file_name=file.name, by=Act.of(request))
            return redirect("admin:certificates_numberimport_page", made.pk)
        except Refusal as refusal:
            add_to_form(form, refusal, "file")
    return _page(request, "numbers", "导入正式编号", form=form, preview=preview, heads=official.HEADS)


@require_http_methods(WAYS)
def number_import(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would do; its maker asks for the approval."""
    rows = NumberImport.objects.visible_to(request.user).select_related("made_by", "approved_by")
    made = get_object_or_404(rows, pk=pk)
    proposal = _proposal(request.user, made, official.KIND)
    open_now = made.approved_at is None and (proposal is None or proposal.status != ProposalStatus.OPEN)
    may_ask = open_now and may(request.user, "cert.approve", how="ask") and made.made_by_id == request.user.pk
    form = ListForm(request.POST or None, initial={"expected": made.sha256})
    if request.method == "POST":
        if not may_ask:
            raise PermissionDenied
        if form.is_valid():
            try:
                asked = official.propose(made, reason=form.cleaned_data["reason"], by=Act.of(request))
                return redirect("admin:approvals_proposal_page", asked.pk)
            except Refusal as refusal:
                add_to_form(form, refusal)
    given = dict(made.rows)
    lines = [(one, given[one.pk]) for one in _certificates(request.user, list(given))]
    return _page(
        request, "import", f"正式编号 {made}", made=made, lines=lines, proposal=proposal, form=form if may_ask else None
    )


def _propose(pk: int, form: ListForm, *, by: Act) -> Proposal | None:
    given = form.cleaned_data
    try:
        return batches.propose(pk, expected=given["expected"], reason=given["reason"], by=by)[1]
    except Refusal as refusal:
        add_to_form(form, refusal)
        return None


def _certificates(user: Any, keys: list[int]) -> QuerySet[Certificate]:
    rows = Certificate.objects.visible_to(user).filter(pk__in=keys).order_by("pk")
    return rows.select_related("candidate", "occupation", "entry__ticket")


def _proposal(user: Any, about: IssueBatch | NumberImport, kind: str) -> Proposal | None:
    return Proposal.objects.visible_to(user).filter(kind=kind, about_id=str(about.pk)).order_by("-pk").first()


def _expect_reader(request: HttpRequest) -> None:
    if not may_any(request.user, "cert.approve"):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, title: str, **shown: Any) -> HttpResponse:
    lists = reverse("admin:certificates_issuebatch_changelist")
    context = {**admin.site.each_context(request), "title": title, "lists_url": lists, **shown}
    return TemplateResponse(request, PAGE.format(name), context)
