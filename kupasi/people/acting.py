"""For which institution an account acts: asked by almost every request, so written once a process."""

from __future__ import annotations

from django.apps import apps
from django.db.models import BigIntegerField

from kupasi.prepared import Prepared, slot

ACTS_FOR = Prepared(
    lambda: (
        apps.get_model("people", "Membership")
        .objects.filter(user=slot("user", BigIntegerField()), institution__is_active=True)
        .order_by()
        .values_list("institution")
    )
)


def institution_of(user_id: int) -> int | None:
    """The active institution that the account is a member of; at most one."""
    return next((int(institution) for (institution,) in ACTS_FOR(user=user_id)), None)
