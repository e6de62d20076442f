"""The product with the guard of the places switched off: the count is read and then written, as one would naively."""

import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")

from kupasi.wsgi import application  # noqa: I001  # sets Django up before any model is imported

from exams.models import ExamSession
from exams.services import places
from kupasi.errors import Refusal

__all__ = ["application"]
THINKING = 0.005


def take(exam_session_id: int) -> None:
    """Read, compare, write."""
    session = ExamSession.objects.get(pk=exam_session_id)
    if session.capacity is not None and session.taken >= session.capacity:
        raise Refusal("full", "该职业本评价月的名额已满。", "通知 二(三)")
    time.sleep(THINKING)
    ExamSession.objects.filter(pk=exam_session_id).update(taken=session.taken + 1)


places.take = take
