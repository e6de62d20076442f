"""What the sign-in library tells us: every change of the second factor is recorded, and ends the other sessions."""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from kupasi.acts import Act
from kupasi.audit.services import record

from .models import User
from .services.sessions import end_sessions, note_sign_out


def connect() -> None:
    """Called once when the app is ready."""
    user_logged_out.connect(_signed_out, dispatch_uid="people.signed_out")
    signals.authenticator_added.connect(_added, dispatch_uid="people.mfa_added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="people.mfa_removed")
    signals.authenticator_reset.connect(_removed, dispatch_uid="people.mfa_reset")


def _added(sender: Any, *, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Sessions opened before the second factor existed had only a password: they end, except this one."""
    by = Act.of(request)
    record(by, "second_factor.add", user, after={"type": authenticator.type})
    if authenticator.type == Authenticator.Type.TOTP:
        end_sessions(user, by=by)
        update_session_auth_hash(request, user)


def _signed_out(sender: Any, *, request: HttpRequest, **kwargs: Any) -> None:
    note_sign_out(request.session.session_key, by=Act.of(request))


def _removed(sender: Any, *, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(Act.of(request), "second_factor.change", user, after={"type": authenticator.type})
