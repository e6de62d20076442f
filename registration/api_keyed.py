"""Any write of the API under a client's key: the same request gets the same answer, another one under it is refused."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kupasi.acts import Act

from .services.keys import Answer, once


class NotDone(Exception):
    """A refusal that a view answered with instead of raising it: what was written goes again, and so does the key."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def keyed(view: type[APIView], *, unless: str | None = None) -> type[APIView]:
    """The view, its `POST` done once per `Idempotency-Key` where one is sent (contract: writes accept it).

    A body that holds `unless` is left to the view, which knows a serial number of its own there.
    """
    post = view.post  # type: ignore[attr-defined]  # only views that write are handed in

    @functools.wraps(post)  # with what the schema says of it
    def keyed_post(self: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        own = unless is not None and isinstance(request.data, Mapping) and unless in request.data
        if key is None or own:
            plain: Response = post(self, request, *args, **kwargs)
            return plain

        def work() -> Answer:
            response = post(self, request, *args, **kwargs)
            if response.status_code >= 400:
                raise NotDone(response)
            return Answer(response.status_code, dict(response.data))

        try:
            answer = once(key, by=Act.of(request), request=[request.path, request.data], work=work)
        except NotDone as refused:
            return refused.response
        return Response(answer.body, status=answer.status)

    named = {"post": keyed_post, "__module__": view.__module__, "__doc__": view.__doc__}
    return type(view.__name__, (view,), named)
