"""Applying: begin, the four steps that save themselves, look at the whole, hand it in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
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
from registration.services import applications, facts, public_site, shown

from .candidate_doors import http_status, own_candidate, own_draft, own_rows, refused
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
    if request.method == "POST":
        return hand_in(request, pk)
    application = own_draft(request, pk)
    if not applications.open_steps(application):
        return redirect("application", pk=pk)
    return sheet(request, application)


def sheet(request: HttpRequest, application: Application, refusal: Refusal | None = None) -> HttpResponse:
    """The page of the 报名表 with its button; after a refusal with the reason, for another press."""
    today, token = clock.today(), shown.token(application)
    told = facts.of_sheet(application, on=today)
    sentence = shown.giving_up_sentence(application, on=today, told=told)
    pressed = request.POST.copy() if refusal else None
    if pressed is not None:
        pressed["token"] = token  # the next press is for what is shown now
    form = SubmitForm(pressed, sentence=sentence, token=token)
    if refusal is not None:
        add_to_form(form, refusal)
    context: dict[str, Any] = {"nav": "mine", "application": application, "form": form, "gives_up": sentence}
    context |= shown.summary(application, on=today, told=told)
    return render(request, PAGE.format("preview"), context, status=http_status(refusal) if refusal else 200)


def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """What the button does: nothing is read that the service does not read again, locked, but for a confirmed loss."""
    mine, sentence = own_rows(request), ""
    if "gives_up" in request.POST:  # the few who give up kept passes: the sentence that they were shown is kept
        sentence = shown.giving_up_sentence(own_draft(request, pk), on=clock.today())
    form = SubmitForm(request.POST, sentence=sentence)
    if not form.is_valid():
        return not_handed_in(request, pk, Refusal("repeated", "同一项提交了多个值，请核对后重新提交。"))
    try:
        seen, gives_up = form.cleaned_data["token"], form.given_up()
        applications.hand_in(pk, among=mine, seen=seen, by=Act.of(request), gives_up=gives_up)
    except Application.DoesNotExist as none:
        raise Http404 from none
    except Refusal as refusal:
        return not_handed_in(request, pk, refusal)
    return redirect("apply-done", pk=pk)


def not_handed_in(request: HttpRequest, pk: int, refusal: Refusal) -> HttpResponse:
    """The sheet again as it is now, with the reason; the reason alone where nothing on the sheet can mend it."""
    application = own_draft(request, pk)
    if refusal.code == "full" or not applications.open_steps(application):  # in a rush hundreds are told so
        return refused(request, application, refusal)
    return sheet(request, application, refusal)
