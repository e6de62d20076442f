"""One person's whole way, through everybody's hands: review, money, seat, ticket, exam, marks, certificate."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from certificates.models import Certificate
from certificates.tasks import issue_due
from exams.models import AdmissionTicket, Sitting
from exams.tasks import issue_tickets
from kupasi.people.models import User
from registration.enums import ApplicationStatus
from registration.models import Application
from tests.certificates import made
from tests.exams import seating

from .conftest import SetClock
from .steps import NAME, fill_in, sign_in, sign_up, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]


def apply(walker: Walker) -> Application:
    """The candidate, on a phone."""
    sign_up(walker)
    fill_in(walker)
    walker.send()
    return Application.objects.get()


def review(walker: Walker, application: Application) -> None:
    """The clerk: from the queue to the decision, then the signed original by its number."""
    walker.sees("今日待办", "待审核")
    walker.press("1 待审核")
    walker.press(str(application.number))
    walker.sees("核对清单", "照片")
    walker.press("通过")
    walker.sees("都办完了")
    walker.go("/desk/")
    walker.write("扫描报名表或团体名单的条码", str(application.number))
    walker.press("登记原件已收")
    walker.sees("原件已收")
    application.refresh_from_db()
    assert application.status == ApplicationStatus.APPROVED
    assert application.original_at is not None


def take_money(walker: Walker, application: Application, *, owed: str = "480.00 元") -> None:
    """Finance: the order by the application's number, then the payment."""
    walker.go("/desk/")
    walker.write("缴费参考号或申报编号", str(application.number))
    walker.press("打开订单")
    walker.sees(owed, "还差")
    walker.write("凭证号", "POS-20250522-01")
    walker.press("登记", within=walker.page.locator("main form"))
    walker.sees("收据号", "POS-20250522-01")
    application.refresh_from_db()
    assert application.status == ApplicationStatus.CONFIRMED


def arrange(walker: Walker) -> None:
    """The clerk: look at the plan, then do exactly that."""
    walker.go("/admin/exams/sitting/")
    walker.press("编排座位")
    walker.press("预览编排")
    walker.sees("1 人待编排")
    walker.press("确认排座 1 人")
    walker.go("/admin/exams/entry/")


def confirm_ticket(walker: Walker) -> None:
    """The candidate: look at the ticket and say that it is right."""
    ticket = AdmissionTicket.objects.latest("pk")
    walker.go(f"/exams/tickets/{ticket.pk}/")
    walker.sees(ticket.number, "请核对姓名")
    paper = walker.download(walker.address_of("打开准考证"))
    assert paper.body().startswith(b"%PDF")
    walker.press("无误，我确认")
    walker.sees("已确认")


def watch(walker: Walker, sittings: list[Sitting]) -> None:
    """The invigilator: who came, then the room is closed."""
    for sitting in sittings:
        walker.go("/exams/rooms/")
        walker.go(f"/exams/rooms/{sitting.pk}/")
        walker.page.get_by_role("button", name="到考").first.click()
        walker.page.locator(".k-seat-present").wait_for()
        walker.look()
        walker.write("收回份数", "1")
        walker.press("结束本场登记")
        walker.sees("已结束")


def mark(walker: Walker, sittings: list[Sitting], *values: str) -> None:
    """A marker: each sitting's grid."""
    walker.go("/exams/marks/")
    for sitting, value in zip(sittings, values, strict=True):
        walker.go(f"/exams/marks/{sitting.pk}/")
        walker.page.locator("input[data-mark]").first.fill(value)
        walker.press("保存本页")
        walker.sees("已保存 1 份")


def publish(walker: Walker) -> None:
    """The publisher: what would go out, then out it goes."""
    walker.go("/exams/publications/")
    walker.page.locator("main table a").first.click()
    walker.page.wait_for_load_state("load")
    walker.look()
    walker.sees("将公布：1 人", "82.0", "75.5")
    walker.press("批准这一批")
    walker.sees("已批准，等待公布")
    walker.press("立即公布")
    walker.sees("已公布")


def hand_over(walker: Walker, certificate: Certificate) -> None:
    """The clerk: scan the number, check the document, hand it over."""
    walker.go("/admin/certificates/certificate/find/")
    walker.write("证书编号", str(certificate.number))
    walker.press("打开")
    walker.sees(NAME)
    walker.tick("已核对持证人本人证件")
    walker.press("办理领取")
    walker.sees("已登记领取")


def verify(walker: Walker, certificate: Certificate) -> None:
    """A stranger: number and name."""
    walker.go("/certificates/verify/")
    walker.write("证书编号", str(certificate.number))
    walker.write("持证人姓名", NAME)
    walker.send()
    walker.sees("有效", "样本")
    assert NAME not in walker.words


def exam_day(clerk: User, invigilator: User, markers: list[User]) -> list[Sitting]:
    """Rooms and times as the office planned them."""
    session = seating.a_session()
    for sitting in session.sittings:
        sitting.invigilators.add(invigilator)
        sitting.markers.add(*markers)
    return session.sittings


def test_one_person_goes_the_whole_way(phone: Person, desk: Person, opened: SetClock) -> None:
    clerk, finance, publisher = staff("clerk"), staff("finance"), staff("publisher")
    invigilator, markers = staff("invigilator"), [staff("marker"), staff("marker")]
    candidate, office = phone(), desk()
    application = apply(candidate)
    opened("2025-05-21T10:00")
    review(sign_in(office, clerk), application)
    take_money(sign_in(desk(), finance), application)
    sittings = exam_day(clerk, invigilator, markers)
    arrange(office)
    opened("2025-07-09T08:00")
    issue_tickets()
    confirm_ticket(candidate)
    opened("2025-07-12T14:35")
    watch(sign_in(phone(), invigilator), sittings)
    opened("2025-07-14T10:00")
    for marker in markers:
        mark(sign_in(desk(), marker), sittings, "82", "75.5")
    publish(sign_in(desk(), publisher))
    candidate.go("/exams/results/")
    candidate.sees("82.0", "75.5", "合格")
    made.a_series()
    issue_due()
    made.approve_all("2025-07-14T11:00")
    issue_due()
    certificate = Certificate.objects.get()
    candidate.go("/certificates/")
    candidate.sees(str(certificate.number))
    hand_over(office, certificate)
    verify(phone(), certificate)
    candidate.go(f"/me/applications/{application.pk}/")
    candidate.go("/notices/mine/")
