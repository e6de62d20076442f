"""Keeps the list of devices on which somebody is signed in, without a write for every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kupasi.acts import Act
from kupasi.middleware import Handler

from .services import sessions

KEY = "signed_in"


class SignedInDevices:
    """Notes a visit after the answer: at the first page of a session, and then at most every five minutes."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key
        if key and request.user.is_authenticated and response.status_code < 500:
            self.note(request, key)
        return response

    @staticmethod
    def note(request: HttpRequest, key: str) -> None:
        """Write the visit unless this session's was written a moment ago."""
        row, seen, noted = request.session.get(KEY) or (None, 0.0, "")
        by = Act.of(request)
        if noted == key and 0 <= by.at.timestamp() - seen < sessions.QUIET.total_seconds():
            return
        device = sessions.device_of(request.META.get("HTTP_USER_AGENT", ""))
        row = sessions.note_visit(by, session_key=key, device=device, row=row)
        request.session[KEY] = [row, by.at.timestamp(), key]
