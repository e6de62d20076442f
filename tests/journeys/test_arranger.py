"""The arranger: a room is drawn, a session looked at and seated exactly so, a broken seat repaired; anybody checks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exams.enums import EntryStatus
from exams.models import Entry, Seat, SeatSeed, TicketVersion
from exams.tasks import issue_tickets, tend_seeds
from kupasi.people.models import Institution
from tests.exams.seating import Session, a_session, enrolled

from .conftest import SetClock
from .steps import sign_in, staff
from .walker import Walker

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("opened")]
Person = Callable[[], Walker]


def a_session_of_two_schools() -> Session:
    """Twelve people, one in a wheelchair; the room has no plan yet."""
    session = a_session(capacity=12)
    schools = [Institution.objects.create(name=f"样例学校{one}", credit_code=f"{one:018d}") for one in (1, 2)]
    for number in range(12):
        entry = enrolled(session, needs="轮椅" if number == 0 else "", photo=True)
        Entry.objects.filter(pk=entry.pk).update(institution=schools[number % 2])
    return session


def draw_the_room(walker: Walker, session: Session) -> None:
    """Four rows of three and an aisle; the first seat is accessible."""
    walker.go(f"/admin/exams/room/{session.room.pk}/change/")
    walker.press("座次图")
    walker.sees("还没有座次图")
    walker.write("排数", "4")
    walker.write("列数", "5")
    walker.write("过道所在的列", "3")
    walker.press("绘制座次图")
    walker.sees("共 16 个座位")
    walker.page.get_by_label("1", exact=True).check()
    walker.choose("对勾选的座位", "设为无障碍座位")
    walker.press("标注勾选的座位")
    walker.sees("已标注 1 个座位", "无障碍")


def seat_the_session(walker: Walker) -> None:
    """Dry run, report, map, commit."""
    walker.go("/admin/exams/sitting/seating/")
    walker.press("预览编排")
    walker.sees("12 人待编排：可排 12 人", "错开后 0 对", "全部满足")
    walker.press("预演座次图")
    walker.sees("预演座次图：", "样例学校1", "轮椅")
    assert not Seat.objects.filter(sitting__isnull=False).exists()
    walker.press("确认排座 12 人")
    walker.sees("已为 12 人排好座位")


def repair_a_broken_seat(walker: Walker, session: Session) -> int:
    """The seat of somebody is blocked, and whoever sat there moves; how many entries moved."""
    number = Seat.objects.filter(sitting=session.sittings[0], entry__needs="").order_by("number")[0].number
    walker.go(f"/admin/exams/room/{session.room.pk}/plan/")
    walker.page.get_by_label(str(number), exact=True).check()
    walker.choose("对勾选的座位", "停用（原因填在下面）")
    walker.write("设备或停用原因", "电源故障")
    walker.press("标注勾选的座位")
    walker.sees("停用：电源故障", "排在停用的座位上")
    walker.press("调整他们的座位")
    walker.sees("原座位不能使用")
    walker.write("调整理由", "电源故障")
    walker.press("按此调整")
    walker.sees("他们会收到新的准考证")
    assert not Seat.objects.filter(number=number).exists()
    return len(set(TicketVersion.objects.values_list("ticket__entry", flat=True)))


def test_a_session_is_arranged_and_a_broken_seat_repaired(desk: Person, phone: Person, opened: SetClock) -> None:
    session = a_session_of_two_schools()
    opened("2025-06-20T09:00")
    tend_seeds()
    walker = sign_in(desk(), staff("clerk"))
    draw_the_room(walker, session)
    seat_the_session(walker)
    assert Entry.objects.filter(status=EntryStatus.SEATED).count() == 12
    opened("2025-07-09T09:00")
    issue_tickets()
    assert TicketVersion.objects.count() == 12
    assert repair_a_broken_seat(walker, session) == 12
    issue_tickets()
    assert TicketVersion.objects.filter(version=2).count() in (1, 2)
    walker.go(f"/admin/exams/sitting/{session.sittings[0].pk}/map/")
    walker.sees("停用：电源故障")
    anybody = phone()
    anybody.go("/exams/seating/")
    seed = SeatSeed.objects.get()
    anybody.sees(seed.sha256, "首场开考后公开")
    opened("2025-07-12T09:30")
    tend_seeds()
    anybody.go("/exams/seating/")
    anybody.sees("种子已公开", seed.secret)
