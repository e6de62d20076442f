"""Looking up what an institution filed for oneself, and objecting; no account is needed, the phone's code is."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people import crypto
from kupasi.people.enums import DocumentKind
from kupasi.people.forms import CodeForm
from kupasi.people.masking import mask_phone
from kupasi.people.views import demo
from registration.forms.roster_lookup import LookUpForm
from registration.services.rosters import objections
from registration.services.rosters.objections import Asker

PAGE = "registration/filed/{}.html"
ASKED, PROVEN = "filed_asked", "filed_proven"
OPEN_FOR = timedelta(minutes=15)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Which document, which phone; the next page is the same whatever is known."""
    by = Act.of(request)
    form = LookUpForm(request.POST or None, on=by.on)
    if form.is_valid():
        given = form.cleaned_data
        asker = Asker.of(kind=DocumentKind(given["kind"]), number=given["number"], phone=given["phone"])
        try:
            demo.keep(request, objections.ask(by, asker=asker, phone=given["phone"]))
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            whole = json.dumps({"phone": given["phone"], "asker": asdict(asker)})
            request.session[ASKED] = crypto.encrypt(whole, bound_to=ASKED)
            return redirect("filed-code")
    return render(request, PAGE.format("ask"), {"form": form}, status=400 if form.errors else 200)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code from the phone."""
    if ASKED not in request.session:
        return redirect("filed")
    asked = json.loads(crypto.decrypt(request.session[ASKED], bound_to=ASKED))
    form, by = CodeForm(request.POST or None), Act.of(request)
    if form.is_valid():
        try:
            objections.prove(by, phone=asked["phone"], code=form.cleaned_data["code"])
        except Refusal as refusal:
            add_to_form(form, refusal, "code")
        else:
            until = (by.at + OPEN_FOR).timestamp()
            sealed = crypto.encrypt(json.dumps({"asker": asked["asker"], "until": until}), bound_to=PROVEN)
            request.session.cycle_key()
            del request.session[ASKED]
            request.session[PROVEN] = sealed
            return redirect("filed-rows")
    shown = {"form": form, "phone": mask_phone(asked["phone"]), "demo_message": demo.kept(request)}
    return render(request, PAGE.format("code"), shown, status=400 if form.errors else 200)


@never_cache
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """What was filed, by whom, for which month."""
    asker = _proven(request)
    if asker is None:
        return redirect("filed")
    return render(request, PAGE.format("rows"), {"rows": objections.filed_for(asker)})


@require_POST
def object_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Object to one of them."""
    asker = _proven(request)
    if asker is None:
        return redirect("filed")
    if not request.POST.get("sure"):
        messages.error(request, "请先勾选确认，再提出异议。")
        return redirect("filed-rows")
    try:
        objections.object_to(pk, asker=asker, by=Act.of(request))
        messages.success(request, "异议已收到，这份申报已停办；申报机构和业务受理点已收到通知。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("filed-rows")


def _proven(request: HttpRequest) -> Asker | None:
    """Who proved the phone a short while ago in this browser."""
    if PROVEN not in request.session:
        return None
    whole = json.loads(crypto.decrypt(request.session[PROVEN], bound_to=PROVEN))
    if whole["until"] < Act.of(request).at.timestamp():
        del request.session[PROVEN]
        return None
    return Asker(**whole["asker"])
