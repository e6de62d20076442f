"""Who arranges: the matrix gives the same permission to those who only read, so the cell itself is asked."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kupasi.people.roles import has_cell

Answer = TypeVar("Answer", bound=HttpResponseBase)


def may_do(user: Any, action: str) -> bool:
    """Whether one of the person's roles has a plain Y for the action: does it, not only reads it."""
    return has_cell(user, action, "Y")


def does(action: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """For a page of the admin: only those who do this action."""

    def door(view: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(view)
        def inside(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
            if not may_do(request.user, action):
                raise PermissionDenied
            return view(self, request, *args, **kwargs)

        return inside

    return door
