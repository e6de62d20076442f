"""When there is no room left: an answer that says what to do, in place of a fault."""

from __future__ import annotations

import errno
import sys

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.template import loader
from django.views import defaults

from kupasi.errors import Refusal

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
DATABASE_WORDS = ("database or disk is full", "No space left on device", "could not extend file")
CODE, STATUS = "storage_full", 507
SENTENCE = "系统的存储空间已满，这次的内容没有保存，已有的内容没有变。请半小时后再试；临近截止的，请致电咨询电话。"


def refusal() -> Refusal:
    """What whoever sends a file is told; nothing of it is kept."""
    return Refusal(CODE, SENTENCE)


def is_full(problem: BaseException | None) -> bool:
    """Whether a fault, or one that led to it, is that a disk has no room: of files or of the database."""
    while problem is not None:
        if isinstance(problem, OSError) and problem.errno in NO_ROOM:
            return True
        if isinstance(problem, Refusal) and problem.code == CODE:
            return True
        words = str(problem) if type(problem).__name__ in ("OperationalError", "DiskFull") else ""
        if any(one in words for one in DATABASE_WORDS):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to a fault that nobody caught: the usual page, or that there is no room."""
    if not is_full(sys.exc_info()[1]):
        return defaults.server_error(request)
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": "存储空间已满", "status": STATUS, "code": CODE, "detail": SENTENCE}
        return JsonResponse(body, status=STATUS, content_type="application/problem+json")
    return HttpResponseServerError(loader.get_template("507.html").render(), status=STATUS)
