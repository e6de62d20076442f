"""What the door's page needs to work without network: its packet, its log, its worker and its manifest."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from exams.enums import DoorResult
from exams.services.door_log import Kept, Note, merge
from exams.services.door_packet import packet as make_packet
from kupasi.acts import Act
from kupasi.errors import Refusal

from .door import ACTION, own_door
from .doors import needs

LONGEST = 512 * 1024


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The page can be put on a phone's home screen; it says nothing about anybody."""
    body = {
        "name": "入场核验",
        "short_name": "入场核验",
        "lang": "zh-CN",
        "start_url": reverse("rooms"),
        "scope": reverse("rooms"),
        "display": "standalone",
        "background_color": "#f4f6f9",
        "theme_color": "#0b57a4",
        "icons": [{"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(body, content_type="application/manifest+json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the rooms' pages; served from there, as that is how far it may reach."""
    return render(request, "exams/door/worker.js", content_type="text/javascript; charset=utf-8")


@require_safe
@needs(ACTION)
def packet(request: HttpRequest, pk: int) -> HttpResponse:
    """The room's people for one device, on the day and the day before."""
    sitting = own_door(request, pk)
    try:
        return JsonResponse(make_packet(sitting.pk, by=Act.of(request)))
    except Refusal as refusal:
        return _refused(refusal)


@require_POST
@needs(ACTION)
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """A device's log comes in; the answer names what is safe and may be forgotten there."""
    sitting = own_door(request, pk)
    try:
        scans, notes = _read(request.body)
        return JsonResponse({"taken": merge(sitting.pk, scans=scans, notes=notes, by=Act.of(request))})
    except Refusal as refusal:
        return _refused(refusal)


def _refused(refusal: Refusal) -> JsonResponse:
    return JsonResponse({"code": refusal.code, "detail": refusal.sentence}, status=400)


def _read(body: bytes) -> tuple[list[Kept], list[Note]]:
    """The rows of a log as a device sends them; one that is not readable refuses the whole (`bad_log`)."""
    if len(body) > LONGEST:
        raise Refusal("bad_log", "离线记录过大，请分批上传。")
    try:
        rows = json.loads(body)["rows"]
        scans = [_scan(row) for row in rows if row["kind"] == "scan"]
        notes = [_note(row) for row in rows if row["kind"] == "note"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal("bad_log", "离线记录的格式不对，请联系考务。") from error
    return scans, notes


def _scan(row: dict[str, Any]) -> Kept:
    said = DoorResult(row["said"])
    return Kept(_text(row["nonce"], 64), _text(row["text"], 200), _moment(row["at"]), said, _text(row["device"], 40))


def _note(row: dict[str, Any]) -> Note:
    seat = row.get("seat")
    if seat is not None and (isinstance(seat, bool) or not isinstance(seat, int) or not 0 < seat < 2**53):
        raise ValueError("seat")
    return Note(_text(row["nonce"], 64), _text(row["text"], 1000), _moment(row["at"]), seat)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise ValueError("text")
    value.encode()  # a lone surrogate is no text
    return value


def _moment(value: Any) -> datetime:
    moment = parse_datetime(_text(value, 40))
    if moment is None or moment.tzinfo is None:
        raise ValueError("moment")
    return moment
