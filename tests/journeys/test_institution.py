"""An institution's way: a bad workbook, marked, repaired, signed, reviewed, paid for, its tickets confirmed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from exams.models import AdmissionTicket
from exams.tasks import issue_tickets
from kupasi.approvals.models import Proposal
from kupasi.people.models import User
from registration import tasks
from registration.enums import ApplicationStatus, OrderStatus, RosterStatus
from registration.models import Application, Order, Roster, RosterRow, RosterUpload
from registration.services.rosters import contents
from tests import builders
from tests.exams.seating import a_session, seat_all
from tests.people.pages import code_for
from tests.registration import lists
from tests.registration.rosters import made

from .conftest import SetClock
from .steps import sign_in, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CLERK, APPROVER = "institution_clerk", "institution_approver"


def member(role: str) -> User:
    """Somebody of the school."""
    return lists.a_member(role, lists.a_school())


def begin(walker: Walker) -> Roster:
    """The clerk: a new list for the open window."""
    walker.go("/institution/")
    walker.page.locator("summary", has_text="新建名单").first.click()
    walker.write("名称", "数据一班")
    walker.press("建立名单")
    walker.page.get_by_role("heading", name="名单上的人员").wait_for()
    return Roster.objects.get()


def the_list(content: bytes) -> tuple[Worksheet, dict[str, int]]:
    """The sheet to fill in, and in which column each heading stands."""
    sheet = load_workbook(io.BytesIO(content))["名单"]
    return sheet, {str(cell.value).strip("*＊ "): cell.column for cell in sheet[1] if cell.value}


def saved(sheet: Worksheet) -> bytes:
    """The workbook as Excel would save it."""
    out = io.BytesIO()
    sheet.parent.save(out)
    return out.getvalue()


def filled_in(content: bytes, rows: list[dict[str, str]]) -> bytes:
    """The institution's workbook with these people."""
    sheet, columns = the_list(content)
    for line, row in enumerate(rows, 2):
        for heading, text in row.items():
            sheet.cell(line, columns[heading]).value = text or None
    return saved(sheet)


def upload(walker: Walker, roster: Roster, content: bytes) -> RosterUpload:
    """The clerk: send the file, go elsewhere while the worker is at it, come back to what it found."""
    walker.go(f"/institution/rosters/{roster.pk}/")
    walker.attach("名单文件", name="名单.xlsx", content=content, kind=XLSX)
    walker.press("上传并核对")
    walker.page.get_by_text("排队等待").wait_for()
    walker.go("/institution/")
    tasks.work_on_rosters()
    sent = RosterUpload.objects.latest("pk")
    walker.go(f"/institution/files/{sent.pk}/")
    walker.sees("核对结果")
    return sent


def send_photos(walker: Walker, roster: Roster) -> None:
    """The clerk: a zip of portraits, each named by the number of its person."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for width, row in enumerate(RosterRow.objects.current().filter(roster=roster), 590):
            picture = builders.photo_bytes(width=width, height=width * 826 // 590)
            archive.writestr(f"{contents(row).values.number}.jpg", picture)
    walker.go(f"/institution/rosters/{roster.pk}/photos/")
    walker.attach("照片包", name="照片.zip", content=out.getvalue(), kind="application/zip")
    walker.press("上传并匹配")
    walker.page.get_by_role("progressbar").wait_for()
    walker.go("/institution/")
    tasks.work_on_photos()
    walker.go(f"/institution/rosters/{roster.pk}/photos/")
    walker.sees("匹配 3 张", "照片已齐")


def sign_off(walker: Walker, roster: Roster) -> None:
    """The approver: read, sign, hand in."""
    walker.go(f"/institution/rosters/{roster.pk}/sign/")
    walker.tick("已逐人核对")
    walker.press("签署资格初审")
    walker.page.get_by_role("button", name="提交名单").wait_for()
    walker.press("提交名单")
    walker.page.get_by_text("名单已提交，不能再改动").first.wait_for()
    assert walker.download(f"/institution/rosters/{roster.pk}/list.pdf").body().startswith(b"%PDF")


def judge(walker: Walker, roster: Roster) -> Order:
    """The office: everybody who is no exception at once, the originals in one go, and the review is closed."""
    tasks.file_rosters()
    walker.go(f"/admin/registration/roster/{roster.pk}/review/")
    walker.press("通过例外以外的 3 人")
    walker.page.get_by_text("已通过 3 人").wait_for()
    walker.press("整份登记原件已收")
    walker.page.get_by_text("已登记 3 人的原件").wait_for()
    walker.press("结束审核，生成订单")
    walker.page.get_by_text("审核已结束，订单已生成").wait_for()
    return Order.objects.get(roster=roster)


def announce(walker: Walker, order: Order) -> None:
    """One of finance: a transfer stands on the statement; it does not count yet."""
    walker.go(f"/admin/registration/order/{order.pk}/pay/")
    walker.sees("团体 3 人", "1440.00 元", "还差")
    walker.write("金额", "1440")
    walker.tick("银行转账")
    walker.write("凭证号", "BANK-20250522-01")
    walker.press("登记", within=walker.page.locator("#content form"))
    walker.page.get_by_text("已提交复核").wait_for()
    order.refresh_from_db()
    assert order.status == OrderStatus.OPEN


def confirm(walker: Walker, order: Order) -> None:
    """Another of finance: compares it with the statement, and all three people are confirmed."""
    walker.go(f"/admin/approvals/proposal/{Proposal.objects.get().pk}/page/")
    walker.sees("BANK-20250522-01", "1440.00")
    walker.press("批准")
    walker.page.get_by_text("这项申请已办结").wait_for()
    tasks.confirm_paid()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert Application.objects.filter(status=ApplicationStatus.CONFIRMED).count() == 3


def confirm_tickets(walker: Walker, roster: Roster) -> None:
    """The clerk: the tickets of the class in one file and apart, then all of them are right."""
    walker.go(f"/institution/rosters/{roster.pk}/tickets/")
    assert walker.download(walker.address_of("下载全部准考证")).body().startswith(b"%PDF")
    assert walker.download(walker.address_of("每人一份")).body().startswith(b"PK")
    walker.press("确认 3 张中无误的")
    walker.page.get_by_text("没有等待确认的准考证").wait_for()
    assert set(AdmissionTicket.objects.values_list("status", flat=True)) == {"confirmed"}


@pytest.mark.usefixtures("opened")
def test_a_bad_workbook_comes_back_marked_is_repaired_signed_and_handed_in(desk: Person) -> None:
    clerk = sign_in(desk(), member(CLERK))
    roster = begin(clerk)
    book = clerk.download(clerk.page.url + "workbook.xlsx").body()
    sent = upload(clerk, roster, filled_in(book, [*made.lines(2), made.line(5, 手机="123")]))
    clerk.sees("1 行有误，名单没有改动", "phone_format")
    sheet, columns = the_list(clerk.download(clerk.address_of("下载标好错误的工作簿")).body())
    assert sheet.cell(4, columns["手机"]).comment
    sheet.cell(4, columns["手机"]).value = "19900000005"
    repaired = upload(clerk, roster, saved(sheet))
    assert (sent.pk, repaired.valid, repaired.invalid) == (repaired.pk - 1, 3, 0)
    clerk.press("采用这份名单")
    send_photos(clerk, roster)
    sign_off(sign_in(desk(), member(APPROVER)), roster)
    roster.refresh_from_db()
    assert roster.status == RosterStatus.SUBMITTED


def test_a_submitted_list_is_reviewed_paid_by_transfer_and_its_tickets_confirmed(
    desk: Person, opened: SetClock
) -> None:
    clerk = member(CLERK)
    roster = lists.submitted(clerk, member(APPROVER))
    opened("2025-05-21T10:00")
    order = judge(sign_in(desk(), staff("clerk")), roster)
    announce(sign_in(desk(), staff("finance")), order)
    confirm(sign_in(desk(), staff("finance")), order)
    seat_all(a_session(on="2025-07-12"))
    opened("2025-07-09T09:30")
    issue_tickets()
    confirm_tickets(sign_in(desk(), clerk), roster)


def test_a_person_reads_what_was_filed_and_objects(phone: Person, opened: SetClock) -> None:
    roster = lists.submitted(member(CLERK), member(APPROVER))
    walker = phone()
    walker.go("/filed/")
    walker.write("证件号码", lists.number_of(1))
    walker.write("手机号", "19900000001")
    walker.press("获取验证码")
    walker.write("短信验证码", code_for("19900000001"))
    walker.press("查看")
    walker.sees("样例职业学校")
    walker.page.locator("summary", has_text="不是我的意愿").click()
    walker.tick("我确认提出异议")
    walker.press("提出异议")
    walker.sees("已停办")
    assert RosterRow.objects.filter(roster=roster).exclude(objected_at=None).count() == 1
