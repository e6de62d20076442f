"""Where one is signed in, and signing out there."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kupasi.acts import Act
from kupasi.people.models import SignedIn, User
from kupasi.people.services import sessions


@require_safe
@login_required
@never_cache
def devices(request: HttpRequest) -> HttpResponse:
    """The devices on which one is signed in, this one marked, and the last that are over."""
    user, by = cast(User, request.user), Act.of(request)
    shown = {
        "nav": "mine",
        "open": sessions.open_sessions(user, by=by),
        "past": sessions.past_sessions(user, by=by),
        "here": request.session.session_key,
    }
    return render(request, "people/sessions.html", shown)


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out on one device; another person's is not found."""
    row = get_object_or_404(SignedIn, pk=pk, user=cast(User, request.user))
    sessions.end_one(row.pk, by=Act.of(request))
    messages.success(request, "那台设备已退出登录。")
    return redirect("sessions")


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here; API keys end too."""
    user = sessions.end_all(Act.of(request))
    update_session_auth_hash(request, user)
    messages.success(request, "其他设备已全部退出，接口密钥已撤回。")
    return redirect("sessions")
