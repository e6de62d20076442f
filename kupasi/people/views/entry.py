"""Coming in: signing up, a forgotten password, and where to go after signing in."""

from __future__ import annotations

from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people import crypto
from kupasi.people.enums import ConsentKind
from kupasi.people.forms import CodeForm, PhoneForm, ResetForm, SignUpForm, expect_challenge
from kupasi.people.masking import mask_phone
from kupasi.people.models import User
from kupasi.people.roles import STAFF
from kupasi.people.services import accounts, challenges, sign_up
from kupasi.people.services.consents import current_text

from . import demo

WAITING, NEXT, RESET = "sign_up", "sign_up_next", "reset_phone"
BACKEND = "kupasi.people.backends.PhoneOrUsername"
HOMES = (
    (frozenset({"candidate"}), "me"),
    (frozenset({"institution_clerk", "institution_approver"}), "institution"),
    (frozenset({"invigilator"}), "rooms"),
    (frozenset({"marker"}), "marks"),
)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """First page of signing up: who, which phone, which password, and the consent."""
    if request.user.is_authenticated:
        return redirect("start")
    by = Act.of(request)
    text = current_text(ConsentKind.PRIVACY, on=by.on)
    form = SignUpForm(request.POST or None, on=by.on, text=text)
    if form.is_valid():
        values = form.cleaned_data
        try:
            expect_challenge(form, by=by)
            pending = sign_up.begin_sign_up(
                by, facts=values["facts"], password=values["password"], text_id=values["text_id"]
            )
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            _wait(request, pending)
            return redirect("account_signup_code")
    if form.errors:
        challenges.note_failure(by)
    shown = {"form": form, "text": text, "nav": "login", "challenge": challenges.offer(by)}
    return render(request, "account/signup.html", shown)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def register_code(request: HttpRequest) -> HttpResponse:
    """Second page of signing up: the code, then signed in."""
    sealed = request.session.get(WAITING)
    if not sealed:
        return redirect("account_signup")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            candidate = sign_up.finish_sign_up(Act.of(request), sealed=sealed, code=form.cleaned_data["code"])
        except Refusal as refusal:
            add_to_form(form, refusal, "code")
        else:
            return _welcome(request, cast(User, candidate.user))
    phone = mask_phone(sign_up.unseal(sealed).facts.phone)
    shown = {"form": form, "phone": phone, "demo_message": demo.kept(request), "nav": "login"}
    return render(request, "account/signup_code.html", shown, status=400 if form.errors else 200)


@require_POST
def register_resend(request: HttpRequest) -> HttpResponse:
    """Another message for the registration that waits."""
    if WAITING not in request.session:
        return redirect("account_signup")
    try:
        demo.keep(request, sign_up.resend(Act.of(request), sealed=request.session[WAITING]))
        messages.success(request, "已重新发送短信。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("account_signup_code")


@never_cache
@require_http_methods(["GET", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """A forgotten password: which phone."""
    form = PhoneForm(request.POST or None)
    if form.is_valid():
        phone = form.cleaned_data["phone"]
        try:
            demo.keep(request, accounts.ask_reset(Act.of(request), phone=phone))
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            request.session[RESET] = crypto.encrypt(phone, bound_to=RESET)
            return redirect("account_reset_password_code")
    return render(request, "account/password_reset.html", {"form": form, "nav": "login"})


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def forgot_code(request: HttpRequest) -> HttpResponse:
    """A forgotten password: the code and a new one."""
    if RESET not in request.session:
        return redirect("account_reset_password")
    phone = crypto.decrypt(request.session[RESET], bound_to=RESET)
    form = ResetForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            accounts.reset_password(Act.of(request), phone=phone, code=values["code"], password=values["password"])
        except Refusal as refusal:
            add_to_form(form, refusal, "code")
        else:
            request.session.flush()
            messages.success(request, "密码已重设，请用新密码登录。")
            return redirect("account_login")
    shown = {"form": form, "phone": mask_phone(phone), "demo_message": demo.kept(request), "nav": "login"}
    return render(request, "account/password_reset_code.html", shown, status=400 if form.errors else 200)


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Where the signed-in person's work is."""
    user = cast(User, request.user)
    for roles, home in HOMES:
        if user.role_names & roles and not user.role_names & (STAFF - roles):
            return redirect(home)
    return redirect("admin:index" if user.is_staff else "profile")


def _wait(request: HttpRequest, pending: sign_up.Pending) -> None:
    request.session[WAITING] = pending.sealed
    wanted = request.POST.get("next") or request.GET.get("next", "")
    request.session[NEXT] = wanted if wanted and get_adapter(request).is_safe_url(wanted) else ""
    demo.keep(request, pending.message)


def _welcome(request: HttpRequest, user: User) -> HttpResponse:
    wanted = request.session.get(NEXT) or "start"
    for key in (WAITING, NEXT, demo.KEY):
        request.session.pop(key, None)
    login(request, user, backend=BACKEND)
    record_authentication(request, user, method="phone")
    messages.success(request, "账号已开通，可以开始申报。")
    return redirect(wanted)
