"""One's own account: profile, password, phone, API keys, second factor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people import crypto
from kupasi.people.forms import ChangePasswordForm, CodeForm, EmailForm, KeyForm, PhoneForm, ProfileForm
from kupasi.people.masking import mask_phone
from kupasi.people.models import ApiToken, Candidate, User
from kupasi.people.roles import may
from kupasi.people.services import accounts, sign_in

from . import demo

NEW_KEY, NEW_PHONE = "new_key", "new_phone"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is here, how to be reached, and what protects the account."""
    user, by = cast(User, request.user), Act.of(request)
    candidate = Candidate.objects.visible_to(user).filter(user=user).first()
    form = _profile_form(request, user, candidate)
    if form.is_valid():
        if candidate is not None:
            accounts.update_profile(candidate.pk, by=by, **form.cleaned_data)
        else:
            accounts.change_email(by, email=form.cleaned_data["email"])
        messages.success(request, "资料已保存。")
        return redirect("profile")
    if candidate is not None and form.errors:
        candidate.refresh_from_db()
    return render(request, "people/profile.html", {"form": form, **_facts(request, user, candidate, by=by)})


def _profile_form(request: HttpRequest, user: User, candidate: Candidate | None) -> ProfileForm | EmailForm:
    data = request.POST if request.method == "POST" else None
    if candidate is not None:
        return ProfileForm(data, instance=candidate)
    return EmailForm(data, initial={"email": user.email})


def _facts(request: HttpRequest, user: User, candidate: Candidate | None, *, by: Act) -> dict[str, Any]:
    return {
        "nav": "mine",
        "candidate": candidate,
        "documents": candidate.documents.order_by("-is_primary", "pk") if candidate else [],
        "phone": mask_phone(user.phone),
        "second_factor": is_mfa_enabled(user, [Authenticator.Type.TOTP]),
        "has_codes": is_mfa_enabled(user, [Authenticator.Type.RECOVERY_CODES]),
        "keys": ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=by.at).order_by("-pk"),
        "new_key": _shown_once(request),
        "key_form": KeyForm(),
        "has_clerks": not user.is_staff and may(user, "account.create_clerk"),
        "consents": candidate.consents.select_related("text").order_by("-pk") if candidate else [],
    }


def _shown_once(request: HttpRequest) -> str:
    sealed = request.session.pop(NEW_KEY, "")
    return crypto.decrypt(sealed, bound_to=NEW_KEY) if sealed else ""


@sensitive_post_parameters()
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password; every other session ends."""
    user, by = cast(User, request.user), Act.of(request)
    form = ChangePasswordForm(request.POST or None, person=user)
    if form.is_valid():
        try:
            prove(user, form.cleaned_data["old"], by=by)
            changed = accounts.set_password(user.pk, password=form.cleaned_data["password"], by=by)
        except Refusal as refusal:
            add_to_form(form, refusal, "old")
        else:
            update_session_auth_hash(request, changed)
            messages.success(request, "密码已修改，其他设备上的登录已退出。")
            return redirect("profile")
    return render(request, "account/password_change.html", {"form": form, "nav": "mine"})


def prove(user: User, password: str, *, by: Act) -> None:
    """The present password, counted like a sign-in."""
    sign_in.refuse_if_locked(user.username, by=by)
    if not user.check_password(password):
        sign_in.note_failure(user.username, by=by)
        raise Refusal("incorrect_password", "当前密码不对，请重新输入。")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def change_phone(request: HttpRequest) -> HttpResponse:
    """Another phone: which one."""
    form = PhoneForm(request.POST or None)
    if form.is_valid():
        phone = form.cleaned_data["phone"]
        try:
            demo.keep(request, accounts.ask_phone_change(Act.of(request), phone=phone))
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            request.session[NEW_PHONE] = crypto.encrypt(phone, bound_to=NEW_PHONE)
            return redirect("account_change_phone_code")
    return render(request, "account/phone_change.html", {"form": form, "nav": "mine"})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def change_phone_code(request: HttpRequest) -> HttpResponse:
    """Another phone: its code."""
    if NEW_PHONE not in request.session:
        return redirect("account_change_phone")
    phone = crypto.decrypt(request.session[NEW_PHONE], bound_to=NEW_PHONE)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            accounts.change_phone(Act.of(request), phone=phone, code=form.cleaned_data["code"])
        except Refusal as refusal:
            add_to_form(form, refusal, "code")
        else:
            del request.session[NEW_PHONE]
            messages.success(request, "手机号已更换。")
            return redirect("profile")
    shown = {"form": form, "phone": mask_phone(phone), "demo_message": demo.kept(request), "nav": "mine"}
    return render(request, "account/phone_change_code.html", shown, status=400 if form.errors else 200)


@login_required
@require_POST
def make_key(request: HttpRequest) -> HttpResponse:
    """A new API key for what was chosen, shown once on the next page."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有建立密钥：请至少勾选一项范围，并选择有效期。")
        return redirect("profile")
    try:
        key, _ = accounts.make_key(
            Act.of(request), life=timedelta(days=form.cleaned_data["days"]), opens=form.cleaned_data["scopes"]
        )
        request.session[NEW_KEY] = crypto.encrypt(key, bound_to=NEW_KEY)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("profile")


@login_required
@require_POST
def withdraw_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw one's own API key."""
    key = get_object_or_404(ApiToken, pk=pk, user=cast(User, request.user))
    accounts.withdraw_key(key.pk, by=Act.of(request))
    messages.success(request, "密钥已撤回。")
    return redirect("profile")
