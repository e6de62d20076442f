"""An exam is called off: the office asks, another approves, the candidate chooses, finance pays; the boards tell it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registration.models import Refund
from tests import builders
from tests.exams.seating import a_session, enrolled, seat_all
from tests.registration import group
from tests.registration.disrupting import confirmed

from .conftest import SetClock
from .steps import sign_in, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]
BOARDS = ("/board/", "/board/deadlines/", "/board/statistics/", "/board/statistics/?by=month", "/board/disruptions/")


def test_a_cancelled_session_ends_in_a_refund(phone: Person, desk: Person, opened: SetClock) -> None:
    application = confirmed(builders.a_user("clerk"), builders.a_user("finance"))
    seat_all(a_session())
    opened("2025-07-01T09:00")
    clerk = sign_in(desk(), staff("clerk"))
    clerk.go("/board/disruptions/")
    clerk.press("申请取消或改期")
    clerk.write("理由", "考场停电")
    clerk.press("提交审批")
    supervisor = sign_in(desk(), staff("supervisor"))
    supervisor.go(clerk.page.url.removeprefix(clerk.origin))
    supervisor.sees("受影响的人数", "480.00 元")
    supervisor.press("批准")
    candidate = sign_in(phone(), application.candidate.user)
    candidate.go(f"/me/applications/{application.pk}/")
    candidate.press("去选择")
    candidate.tick("全额退费")
    candidate.send()
    candidate.sees("已取消")
    finance = sign_in(desk(), staff("finance"))
    finance.go("/board/disruptions/")
    finance.press("2025年07月")
    finance.press("批准以上 1 笔退费")
    assert Refund.objects.get().amount == 480


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_the_boards_fit_every_screen(screen: str, phone: Person, desk: Person, opened: SetClock) -> None:
    group.confirmed(6)
    session = a_session()
    enrolled(session, photo=True)
    seat_all(session)
    opened("2025-07-11T09:00")
    walker = sign_in({"phone": phone, "desk": desk}[screen](), staff("clerk"))
    for board in BOARDS:
        walker.go(board)
    walker.go("/board/")
    walker.sees("今天应制准考证", "示例考核点")
