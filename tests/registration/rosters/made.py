"""Institutions, their clerks and lists, for the tests of rosters."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable
from datetime import date, timedelta

from exams.models import Window
from kupasi.people.models import Institution, Membership, User
from registration.models import Roster, RosterRow, RosterUpload
from registration.services import rosters
from registration.services.rosters import working
from tests import builders

ON = "2025-05-20T09:00"
_numbers = itertools.count(1)
HEADER = (
    "姓名", "证件类型", "证件号码", "性别", "出生日期", "文化程度", "手机", "工作单位", "班级", "申报职业", "考核类型",
    "考核科目", "备注",
)  # fmt: skip
BORN = date(1980, 1, 1)


def an_institution() -> Institution:
    """A training institution with a made-up code."""
    number = next(_numbers)
    return Institution.objects.create(name=f"样例培训学校{number}", credit_code=f"9131010400000{number:05d}")


def a_member(institution: Institution, role: str = "institution_clerk") -> User:
    """Somebody who acts for the institution."""
    user = builders.a_user(role)
    Membership.objects.create(user=user, institution=institution)
    return user


def a_window(on: str = ON) -> Window:
    """The window that is open at that moment."""
    return Window.objects.open_on(builders.at(on).date()).get()


def a_roster(clerk: User, *, when: str = ON) -> Roster:
    """A new list of the clerk's institution for the window that is open."""
    institution = clerk.membership.institution
    return rosters.start_roster(institution, window=a_window(when), by=builders.act(clerk, when), label="一班")


def line(number: int, **cells: str) -> dict[str, str]:
    """The good row of made-up person `number`, with other cells where they are named."""
    born = BORN + timedelta(days=number % 9000)
    document = builders.resident_id(born, seq=number // 9000 * 2 + 1, area="310104")
    return {
        "姓名": builders.hanzi(number), "证件类型": "居民身份证", "证件号码": document, "性别": "男",
        "出生日期": born.isoformat(), "文化程度": "本科", "手机": f"199{number:08d}", "工作单位": "样例公司",
        "班级": "一班", "申报职业": "人工智能数据标注", "考核类型": "新考", "考核科目": "全部", "备注": "",
    } | cells  # fmt: skip


def lines(count: int, *, start: int = 0) -> list[dict[str, str]]:
    """Good rows of different people."""
    return [line(number) for number in range(start, start + count)]


def sheet(rows: Iterable[dict[str, str]]) -> bytes:
    """A CSV file of rows."""
    out = io.StringIO()
    listed = list(rows)
    writer = csv.DictWriter(out, [*HEADER, *sorted({name for row in listed for name in row} - set(HEADER))])
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue().encode("utf-8-sig")


def sent(roster: Roster, rows: Iterable[dict[str, str]], *, by: User | None = None, when: str = ON) -> RosterUpload:
    """A file of rows, waiting for the worker."""
    who = builders.act(by or roster.created_by, when)
    return rosters.accept_upload(roster.pk, name="名单.csv", content=sheet(rows), by=who)


def work(upload: RosterUpload, *, when: str = ON) -> RosterUpload:
    """What the worker makes of a file."""
    at = builders.at(when)
    working.process(upload.pk, by=builders.act(None, when, job="roster-files"), now=lambda: at)
    upload.refresh_from_db()
    return upload


def judged(roster: Roster, rows: Iterable[dict[str, str]], *, by: User | None = None, when: str = ON) -> RosterUpload:
    """A file of rows, read and judged."""
    return work(sent(roster, rows, by=by, when=when), when=when)


def codes(row: RosterRow) -> list[tuple[str, str]]:
    """What keeps a row from being taken: column and code."""
    return [(one["column"], one["code"]) for one in row.findings if one["level"] == "error"]


def on_list(roster: Roster) -> list[int]:
    """The lines that stand on a roster."""
    return list(roster.rows.current().order_by("line").values_list("line", flat=True))
