"""The counter: one screen for keyboard and barcode reader, then the form to print and the original to receive."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.models import Candidate
from kupasi.people.roles import may
from kupasi.people.rules.text import squeeze
from kupasi.people.services import persons
from registration.forms.desk import KNOWN, CounterForm, LookupForm
from registration.models import Application, Order, Roster
from registration.services import counter, finding, held_photo, review
from registration.services.form_pdf import form_pdf

from .desk_doors import CLERK, FINANCE, needs, shown

PAGE = "registration/desk/{}.html"
PDF = "application/pdf"


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@needs(CLERK, FINANCE)
def desk(request: HttpRequest) -> HttpResponse:
    """Find a person by document, enter the application, submit it."""
    if request.method != "POST":
        scans, form = request.GET.get("next") == "scan", CounterForm()
        if scans:  # whoever works through a pile of papers scans on without touching the mouse
            form.fields["number"].widget.attrs.pop("autofocus", None)
        return TemplateResponse(request, PAGE.format("desk"), shown(request, form=form, scans=scans))
    if not may(request.user, *CLERK[:1]):
        raise PermissionDenied
    if request.POST.get("act") == "find":
        return _look_up(request)
    form = CounterForm(request.POST, request.FILES)
    application = _enter(request, form) if form.is_valid() else None
    if application is not None:
        return redirect("desk-done", application.pk)
    _hold(request, form)
    return TemplateResponse(request, PAGE.format("desk"), shown(request, form=form))


def _look_up(request: HttpRequest) -> HttpResponse:
    """The same screen, filled with what is known of the holder of the document."""
    asked = LookupForm(request.POST)
    given: dict[str, Any] = {key: request.POST.get(key, "") for key in CounterForm.base_fields}
    known = None
    if asked.is_valid():
        facts = persons.PersonFacts(name="", **asked.cleaned_data)
        holder = persons.holder_of(facts)
        known = Candidate.objects.visible_to(request.user).filter(pk=holder.pk).first() if holder else None
    if known is not None:
        given |= {name: getattr(known, name) for name in KNOWN}
        mine = Application.objects.visible_to(request.user).filter(candidate=known).exclude(number=None)
        extra: dict[str, Any] = {"known": known, "standing": mine.select_related("occupation", "exam_session")[:5]}
    else:
        extra = {"unknown": asked.is_valid()}
    return TemplateResponse(request, PAGE.format("desk"), shown(request, form=CounterForm(initial=given), **extra))


def _enter(request: HttpRequest, form: CounterForm) -> Application | None:
    """Submit; a refusal becomes the form's error."""
    upload = form.cleaned_data["photo"]
    token = form.cleaned_data["photo_token"]
    photo = upload.read() if upload else held_photo.take(token, user_id=request.user.pk or 0)
    try:
        return counter.enter(form.facts(), photo=photo, by=Act.of(request))
    except Refusal as refusal:
        add_to_form(form, refusal)
        return None


def _hold(request: HttpRequest, form: CounterForm) -> None:
    """Keep a good portrait while the rest is put right, so that it need not be chosen again."""
    upload = request.FILES.get("photo")
    if upload is None:
        return
    upload.seek(0)
    try:
        token = held_photo.hold(upload.read(), user_id=request.user.pk or 0)
    except Refusal as refusal:
        if not form.errors:
            add_to_form(form, refusal, "photo")
        return
    form.data = {**form.data.dict(), "photo_token": token} if isinstance(form.data, QueryDict) else form.data


@require_safe
@needs(CLERK)
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Handed in: print the form, have it signed, scan it, next person."""
    rows = Application.objects.visible_to(request.user).select_related("candidate", "occupation", "exam_session")
    application = get_object_or_404(rows, pk=pk)
    return TemplateResponse(request, PAGE.format("done"), shown(request, application=application))


@require_safe
@needs(CLERK)
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """The 报名表 for printing."""
    rows = Application.objects.visible_to(request.user).exclude(number=None)
    related = ("candidate", "occupation", "exam_session", "document", "photo", "pledge", "window")
    application = get_object_or_404(rows.select_related(*related), pk=pk)
    disposition = f'inline; filename="{application.number}.pdf"'
    return HttpResponse(form_pdf(application), content_type=PDF, headers={"Content-Disposition": disposition})


@require_POST
@needs(CLERK)
def original(request: HttpRequest) -> HttpResponse:
    """A number typed, or a barcode scanned: of one signed form, whose original is in; of a roster's list, its page."""
    code = request.POST.get("code", "").replace("\x00", "")
    roster = finding.roster_by_code(Roster.objects.visible_to(request.user), code)
    if roster is not None:
        return redirect("desk-roster-originals", roster.pk)
    application = finding.by_code(Application.objects.visible_to(request.user), code)
    if application is None:
        messages.error(
            request, "没有找到这个申报编号：申报编号是 12 位数字，团体申报编号以 R 开头。请核对或重新扫描条码。"
        )
        return redirect(_back(request))
    try:
        review.receive_original(application.pk, by=Act.of(request))
    except Refusal as refusal:
        messages.error(request, f"{application.number}　{refusal.sentence}")
    else:
        messages.success(request, f"{application.number}　{application.occupation}：原件已收。")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The counter; from its own scan field, with that field ready for the next paper."""
    return reverse("desk") + ("?next=scan" if request.POST.get("next") == "scan" else "")


@require_POST
@needs(FINANCE)
def find_order(request: HttpRequest) -> HttpResponse:
    """To an order by its reference or its application's number."""
    code = squeeze(request.POST.get("code", "").replace("\x00", "")).upper()
    orders = Order.objects.visible_to(request.user)
    named = Q(reference=code) | Q(application__number=code) | Q(roster__number=code)
    order = orders.filter(named).order_by("pk").first()
    if order is None:
        messages.error(request, "没有找到这个缴费参考号或申报编号，请核对后再试。")
        return redirect("desk")
    return redirect("admin:registration_order_pay", order.pk)
