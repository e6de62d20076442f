"""Who may open which page of the exams, by the permission matrix."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kupasi.people.roles import may_any

View = Callable[..., HttpResponseBase]


def needs(action: str) -> Callable[[View], View]:
    """Only for those whose role has the action of the matrix, in any form; visitors are asked to sign in."""

    def door(view: View) -> View:
        @functools.wraps(view)
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may_any(request.user, action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(inside)

    return door
