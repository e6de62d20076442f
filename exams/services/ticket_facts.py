"""What a ticket states: gathered from the rows, hashed, compared (rules K4, K5)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from exams.models import Entry, Seat
from kupasi.clock import SHANGHAI
from kupasi.people.crypto import blind_index
from kupasi.people.models import IdentityDocument


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One subject on the ticket: when, where, which seat. Dates and times as the paper shows them (ISO, HH:MM)."""

    subject: str
    on: str
    starts: str
    ends: str
    site: str
    address: str
    room: str
    seat_word: str
    number: int
    bring: str = ""

    @property
    def day(self) -> date:
        """The exam day."""
        return date.fromisoformat(self.on)


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """Everything on a ticket that may change; the person only as a keyed hash, so that it can be kept."""

    occupation: str
    level: str
    lines: tuple[SeatLine, ...]
    photo: str
    person: str

    def as_json(self) -> dict[str, Any]:
        """The facts as they are stored beside the version."""
        return asdict(self) | {"lines": [asdict(line) for line in self.lines]}

    @property
    def digest(self) -> str:
        """The same facts always give the same digest (SHA-256, hex)."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def first_day(self) -> date:
        """The first exam day."""
        return min(line.day for line in self.lines)


def gather(entry_ids: Collection[int]) -> dict[int, TicketFacts]:
    """The facts of entries in three queries; an entry with an open seat is left out, as it has no ticket."""
    lines, open_ones = _lines(entry_ids)
    rows = Entry.objects.filter(pk__in=[one for one in lines if one not in open_ones])
    rows = rows.select_related("candidate", "photo", "exam_session__occupation")
    documents = _documents([row.candidate_id for row in rows])
    return {
        row.pk: TicketFacts(
            occupation=row.exam_session.occupation.name,
            level=row.exam_session.occupation.level,
            lines=tuple(lines[row.pk]),
            photo=row.photo.sha256 if row.photo else "",
            person=blind_index("ticket", f"{row.candidate.name}|{documents.get(row.candidate_id, '')}"),
        )
        for row in rows
    }


def _lines(entry_ids: Collection[int]) -> tuple[dict[int, list[SeatLine]], set[int]]:
    found: dict[int, list[SeatLine]] = defaultdict(list)
    open_ones: set[int] = set()
    rows = Seat.objects.filter(entry__in=entry_ids).select_related("subject", "sitting__room__site")
    for seat in rows.order_by("sitting__starts_at", "subject__order", "pk"):
        if seat.sitting is None or seat.number is None:
            open_ones.add(seat.entry_id)
            continue
        room = seat.sitting.room
        starts, ends = (one.astimezone(SHANGHAI) for one in (seat.sitting.starts_at, seat.sitting.ends_at))
        found[seat.entry_id].append(
            SeatLine(
                subject=seat.subject.name,
                on=seat.sitting.on.isoformat(),
                starts=f"{starts:%H:%M}",
                ends=f"{ends:%H:%M}",
                site=room.site.name,
                address=room.site.address,
                room=room.name,
                seat_word=seat.subject.seat_word,
                number=seat.number,
                bring=seat.subject.what_to_bring,
            )
        )
    return found, open_ones


def _documents(candidate_ids: list[int]) -> dict[int, str]:
    rows = IdentityDocument.objects.filter(candidate__in=candidate_ids, is_primary=True)
    return {one: f"{kind}|{index}" for one, kind, index in rows.values_list("candidate_id", "kind", "number_index")}


WEEKDAYS = "一二三四五六日"


def words_on(day: date) -> str:
    """2025年7月12日 周六."""
    return f"{day.year}年{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


def described(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of stored facts with their days in words."""
    return [line | {"words_on": words_on(date.fromisoformat(line["on"]))} for line in facts["lines"]]


NAMES = {"on": "日期", "starts": "开始时间", "ends": "结束时间", "site": "考核点", "address": "地址", "room": "考场"}


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What differs between two stored facts, as sentences for the holder (rules K5)."""
    said = []
    before = {line["subject"]: line for line in old.get("lines", [])}
    for line in new.get("lines", []):
        was = before.pop(line["subject"], None)
        if was is None:
            said.append(f"新增科目{line['subject']}")
            continue
        words = {**NAMES, "number": line["seat_word"]}
        said += [
            f"{line['subject']}的{word}由 {was.get(key)} 改为 {line[key]}"
            for key, word in words.items()
            if was.get(key) != line[key]
        ]
    said += [f"不再含科目{subject}" for subject in before]
    if old.get("person") != new.get("person"):
        said.append("姓名或证件信息已更新")
    if old.get("photo") != new.get("photo"):
        said.append("照片已更换")
    return said or ["其他内容已更新"]
