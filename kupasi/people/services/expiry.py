"""Forgetting what served its purpose: codes, counters of wrong passwords, dead sessions (section 10)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session

from kupasi.acts import Act
from kupasi.people.models import PhoneCode, SignInTrouble

from .sessions import forget_old

KEPT = timedelta(days=1)


def forget_expired(by: Act) -> int:
    """Delete what expired more than a day ago; returns how many rows went. Safe to run at any time, or twice."""
    until = by.at - KEPT
    codes, _ = PhoneCode.objects.filter(expires_at__lt=until).delete()
    troubles, _ = SignInTrouble.objects.filter(since__lt=until).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=until).delete()
    return codes + troubles + sessions + forget_old(by)
