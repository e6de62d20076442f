"""The doors of the institutions' pages: who comes in, and for which institution."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from kupasi.people.models import Institution, User
from kupasi.people.roles import may

View = Callable[..., HttpResponseBase]


def needs(*actions: str) -> Callable[[View], View]:
    """Signed in for an institution in use, with one of these actions of the matrix; for others nothing is here."""

    def wrap(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = cast(User, request.user)
            if user.is_staff or not any(may(user, action) for action in actions) or institution_of(user) is None:
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def institution_of(user: User) -> Institution | None:
    """The institution that the account acts for, while it is in use."""
    membership = getattr(user, "membership", None)
    return membership.institution if membership is not None and membership.institution.is_active else None


def own_institution(request: HttpRequest) -> Institution:
    """Behind `needs`: the institution of whoever asks."""
    found = institution_of(cast(User, request.user))
    if found is None:
        raise Http404
    return found
