"""Invitations: an institution's approver opens accounts for its clerks, and whoever is invited sets the password."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people import crypto
from kupasi.people.forms import ClerkForm, NewPasswordForm
from kupasi.people.models import User
from kupasi.people.roles import may
from kupasi.people.services import invitations

LINK = "invitation_link"


def link_of(token: str) -> str:
    """The address that is handed to the invited person."""
    return f"{settings.SITE_URL}{reverse('accept_invitation', args=[token])}"


def _approver(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if user.is_staff or not may(user, "account.create_clerk"):
        raise Http404
    return user


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def clerks(request: HttpRequest) -> HttpResponse:
    """The people of one's institution; a POST opens an account and shows its link once."""
    user, form = _approver(request), ClerkForm(request.POST or None)
    if form.is_valid():
        try:
            token, _ = invitations.invite_clerk(Act.of(request), **form.cleaned_data)
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            return _show_link_once(request, token)
    sealed = request.session.pop(LINK, "")
    shown = {
        "nav": "mine",
        "form": form,
        "clerks": invitations.own_people(user).order_by("username").prefetch_related("groups"),
        "own_clerks": set(invitations.own_clerks(user).values_list("pk", flat=True)),
        "link": link_of(crypto.decrypt(sealed, bound_to=LINK)) if sealed else "",
        "days": invitations.LIFE.days,
    }
    return render(request, "people/clerks.html", shown, status=400 if form.errors else 200)


@login_required
@require_POST
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Another link for a clerk; the old one and the old password are void."""
    clerk = get_object_or_404(invitations.invitable(_approver(request)), pk=pk)
    try:
        token, _ = invitations.invite(clerk.pk, by=Act.of(request))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("clerks")
    return _show_link_once(request, token)


@login_required
@require_POST
def close_clerk(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a clerk's account at once."""
    clerk = get_object_or_404(invitations.own_clerks(_approver(request)), pk=pk)
    invitations.close_clerk(clerk.pk, by=Act.of(request))
    messages.success(request, "账号已停用，登录已全部退出。")
    return redirect("clerks")


def _show_link_once(request: HttpRequest, token: str) -> HttpResponse:
    request.session[LINK] = crypto.encrypt(token, bound_to=LINK)
    return redirect("clerks")


@sensitive_variables("token")
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person sets the password, then signs in; staff are led to their second factor first."""
    by = Act.of(request)
    try:
        row = invitations.open_invitation(token, by=by)
        form = NewPasswordForm(request.POST or None)
        form.person = row.user
        if form.is_valid():
            invitations.accept(token, password=form.cleaned_data["password"], by=by)
            messages.success(request, "密码已设置，请登录。")
            return redirect("account_login")
    except Refusal as refusal:
        return render(request, "people/invitation_dead.html", {"text": refusal.sentence, "nav": "login"}, status=404)
    shown = {"form": form, "account": row.user, "nav": "login"}
    return render(request, "people/accept_invitation.html", shown, status=400 if form.errors else 200)
