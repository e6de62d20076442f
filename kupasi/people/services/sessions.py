"""Ending what is open: sessions and API keys."""

from __future__ import annotations

from django.db import transaction

from kupasi.acts import Act
from kupasi.people.models import ApiToken, User


@transaction.atomic
def end_sessions(user: User, *, by: Act) -> None:
    """End every session and withdraw every key of the account; the caller writes the line of what was done."""
    user.sessions_from = by.at
    user.save(update_fields=["sessions_from"])
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=by.at)
