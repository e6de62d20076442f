"""The office before an exam day: the papers of the rooms, the site's packet and its passphrase."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from exams import tasks
from exams.services import tickets
from tests import builders
from tests.exams.seating import TICKET_DAY, a_session, enrolled, seat_all

from .conftest import SetClock
from .steps import sign_in, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]


def seen(walker: Walker, name: str) -> None:
    """A picture of the page at both widths, for whoever asks for them with SHOTS=folder."""
    if folder := os.environ.get("SHOTS"):
        for width in (1280, 390):
            walker.page.set_viewport_size({"width": width, "height": 900})
            walker.look()
            walker.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        walker.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def eve(opened: SetClock) -> None:
    """The day before the exam, tickets made."""
    session = a_session()
    for _ in range(3):
        enrolled(session, photo=True)
    seat_all(session)
    tickets.issue_many(tickets.due(TICKET_DAY), by=builders.act(when="2025-07-09T08:00", job="issue-tickets"))
    opened("2025-07-11T10:00")


@pytest.mark.usefixtures("eve")
def test_papers_are_chosen_awaited_and_opened(desk: Person) -> None:
    walker = sign_in(desk(), staff("clerk"))
    walker.go("/admin/exams/printrun/make/")
    seen(walker, "choose")
    walker.choose("考核点", "示例考核点")
    walker.write("考试日", "2025-07-12")
    walker.press("制作")
    walker.sees("排队中")
    seen(walker, "waiting")
    tasks.make_prints()
    walker.page.reload()
    walker.sees("已完成", "签到表")
    seen(walker, "done")
    assert walker.download(walker.address_of("打开 PDF")).body().startswith(b"%PDF")
    walker.go("/admin/exams/printrun/")
    seen(walker, "list")


@pytest.mark.usefixtures("eve")
def test_a_packet_is_packed_its_passphrase_told_and_its_receiver_noted(desk: Person) -> None:
    walker = sign_in(desk(), staff("clerk"))
    walker.go("/admin/exams/ticketpacket/make/")
    walker.choose("考核点", "示例考核点")
    walker.write("考试日", "2025-07-12")
    walker.press("制作")
    tasks.make_prints()
    walker.page.reload()
    walker.press("打开备份包")
    seen(walker, "packet")
    walker.press("查看口令")
    walker.write("查看原因", "电话告知考核点负责人")
    walker.press("查看")
    walker.sees("请用电话或当面告知考核点")
    seen(walker, "passphrase")
    walker.press("登记送达")
    walker.write("考核点接收人", "王老师")
    walker.press("登记送达")
    walker.sees("王老师")
