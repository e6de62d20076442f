"""Applying: begin, the four steps that save themselves, look at the whole, hand it in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from exams.rules import find_window
from exams.services.calendar import public_windows
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from registration.enums import ApplicationStatus, Step
from registration.forms.application import SubmitForm
from registration.models import Application
from registration.services import applications, public_site, shown

from .candidate_doors import http_status, own_candidate, own_draft, refused
from .candidate_pages import STEP_PAGES, steps_shown

PAGE = "registration/apply/{}.html"
READ_WRITE = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(READ_WRITE)
def begin(request: HttpRequest) -> HttpResponse:
    """What to have at hand; beginning takes one up where it was left."""
    person = own_candidate(request)
    if request.method == "POST":
        draft = applications.start_draft(person, by=Act.of(request))
        return redirect("apply-continue", pk=draft.pk)
    today = clock.today()
    mine = Application.objects.visible_to(request.user).filter(candidate=person)
    context = {
        "nav": "mine",
        "answer": find_window(today, public_windows()),
        "late": person.late_admissions.usable(clock.now()).select_related("occupation", "window"),
        "occupations": public_site.occupation_cards(on=today),
        "draft": mine.filter(status=ApplicationStatus.DRAFT).first(),
    }
    return render(request, PAGE.format("begin"), context)


@login_required
@require_safe
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """To the first step that is still to be filled in, or to the whole."""
    application = own_draft(request, pk)
    following = shown.first_open(application)
    if following is not None:
        return redirect("apply-step", pk=pk, step=following)
    page = "apply-preview" if applications.open_steps(application) else "application"
    return redirect(page, pk=pk)


@login_required
@sensitive_post_parameters()
@require_http_methods(READ_WRITE)
def step(request: HttpRequest, pk: int, step: Step) -> HttpResponse:
    """One step: its form, saved by its service; then on to the next."""
    application, page = own_draft(request, pk), STEP_PAGES[step]
    if step not in applications.open_steps(application):
        if request.method == "POST":
            return refused(request, application, Refusal("wrong_status", "这一项现在不能修改。"))
        return redirect("application", pk=pk)
    form, status = page.form(request, application), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                page.save(form, application, Act.of(request))
                return redirect("apply-continue" if shown.is_filling(application) else "apply-preview", pk=pk)
            except Refusal as refusal:
                add_to_form(form, refusal, page.field_of(refusal))
                status = http_status(refusal)
    context = {"nav": "mine", "application": application, "form": form, **steps_shown(application, step)}
    return render(request, PAGE.format(step.value), {**context, **page.extra(application)}, status=status)


@login_required
@require_http_methods(READ_WRITE)
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The 报名表 on screen; handing it in is a POST that may be repeated without harm."""
    application = own_draft(request, pk)
    if request.method == "POST" and not applications.open_steps(application):
        return handed_in(request, application)
    if not applications.open_steps(application):
        return redirect("application", pk=pk)
    sentence = shown.giving_up_sentence(application, on=clock.today())
    form = SubmitForm(request.POST or None, sentence=sentence, token=shown.token(application))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return hand_in(request, application, form)
            except Refusal as refusal:
                if refusal.code == "full":  # nothing on the sheet can mend it, and in a rush hundreds are told so
                    return refused(request, application, refusal)
                add_to_form(form, refusal)
                status = http_status(refusal)
    context: dict[str, Any] = {"nav": "mine", "application": application, "form": form, "gives_up": sentence}
    context |= shown.summary(application, on=clock.today())
    return render(request, PAGE.format("preview"), context, status=status)


def hand_in(request: HttpRequest, application: Application, form: SubmitForm) -> HttpResponse:
    """Submit a draft, or a corrected application again."""
    if application.status == ApplicationStatus.RETURNED:
        applications.resubmit(application.pk, by=Act.of(request))
    else:
        applications.submit(application.pk, by=Act.of(request), gives_up=form.given_up())
    return redirect("apply-done", pk=application.pk)


def handed_in(request: HttpRequest, application: Application) -> HttpResponse:
    """A second POST finds what the first one did; one for an ended application is refused."""
    try:
        applications.submit(application.pk, by=Act.of(request))
    except Refusal as refusal:
        return refused(request, application, refusal)
    return redirect("apply-done", pk=application.pk)
