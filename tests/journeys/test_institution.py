"""An institution's way: a bad file, the marked one back, repaired, signed, reviewed, paid for, tickets confirmed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import load_workbook

from exams.models import AdmissionTicket
from exams.services import tickets
from kupasi import clock
from kupasi.people.models import User
from registration import tasks
from registration.enums import ApplicationStatus, OrderStatus
from registration.models import Application, Order, Roster, RosterRow, RosterUpload
from registration.services.rosters import contents
from tests import builders
from tests.exams.seating import a_session, seat_all
from tests.registration import lists
from tests.registration.rosters import made

from .conftest import SetClock
from .steps import sign_in, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]
CSV = "text/csv"


def member(role: str) -> User:
    return lists.a_member(role, lists.a_school())


def upload(walker: Walker, roster: Roster, rows: list[dict[str, str]]) -> None:
    """Send a file and wait for the worker, whose bar gives way to the result."""
    walker.go(f"/institution/rosters/{roster.pk}/")
    walker.attach("名单文件", name="名单.csv", content=made.sheet(rows), kind=CSV)
    walker.press("上传并核对")
    walker.sees("排队等待")
    tasks.work_on_rosters()
    walker.page.wait_for_selector("h1:has-text('核对结果')")
    walker.look()


def begin(walker: Walker) -> Roster:
    walker.go("/institution/")
    walker.page.locator("summary", has_text="新建名单").first.click()
    walker.write("名称", "数据一班")
    walker.press("建立名单")
    walker.sees("下载工作簿，填好人员后在本页上传")
    return Roster.objects.get()


def send_photos(walker: Walker, roster: Roster) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for width, row in enumerate(RosterRow.objects.current().filter(roster=roster), 590):
            picture = builders.photo_bytes(width=width, height=width * 826 // 590)
            archive.writestr(f"{contents(row).values.number}.jpg", picture)
    walker.go(f"/institution/rosters/{roster.pk}/photos/")
    walker.attach("照片包", name="照片.zip", content=out.getvalue(), kind="application/zip")
    walker.press("上传并匹配")
    tasks.work_on_photos()
    walker.page.wait_for_selector("h2:has-text('照片已齐')")
    walker.look()


def sign_off(walker: Walker, roster: Roster) -> None:
    walker.go(f"/institution/rosters/{roster.pk}/sign/")
    walker.tick("已逐人核对")
    walker.press("签署资格初审")
    walker.sees("资格初审已签署")
    walker.press("提交名单")
    walker.sees("名单已提交，不能再改动")


def judge(walker: Walker, roster: Roster) -> Order:
    tasks.file_rosters()
    walker.go(f"/admin/registration/roster/{roster.pk}/review/")
    walker.press("通过例外以外的 3 人")
    walker.press("整份登记原件已收")
    walker.press("结束审核，生成订单")
    return Order.objects.get(roster=roster)


def receive(walker: Walker, order: Order) -> None:
    walker.go(f"/admin/registration/order/{order.pk}/pay/")
    walker.write("金额", "1440")
    walker.choose("方式", "银行转账")
    walker.write("凭证号", "BANK-1")
    walker.press("登记", within=walker.page.locator("#content form"))
    tasks.confirm_paid()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert Application.objects.filter(status=ApplicationStatus.CONFIRMED).count() == 3


def test_a_class_from_a_bad_file_to_confirmed_tickets(desk: Person, opened: SetClock) -> None:
    clerk = sign_in(desk(), member("institution_clerk"))
    roster = begin(clerk)
    book = clerk.download(f"/institution/rosters/{roster.pk}/workbook.xlsx").body()
    assert "名单" in load_workbook(io.BytesIO(book)).sheetnames
    upload(clerk, roster, [*made.lines(2), made.line(5, 手机="123")])
    clerk.sees("1 行有误，名单没有改动", "phone_format")
    sent = RosterUpload.objects.latest("pk")
    marked = load_workbook(io.BytesIO(clerk.download(f"/institution/files/{sent.pk}/marked.xlsx").body()))["名单"]
    assert "手机" in str([cell.value for cell in marked[4]])
    upload(clerk, roster, [*made.lines(2), made.line(5)])
    clerk.press("采用这份名单")
    send_photos(clerk, roster)
    sign_off(sign_in(desk(), member("institution_approver")), roster)
    opened("2025-05-21T10:00")
    order = judge(sign_in(desk(), staff("clerk")), roster)
    receive(sign_in(desk(), staff("finance")), order)
    seat_all(a_session(on="2025-07-12"))
    opened("2025-07-09T09:30")
    for key in tickets.due(clock.today()):
        tickets.issue(key, by=builders.act(None, clock.now()))
    clerk = sign_in(desk(), User.objects.get(groups__name="institution_clerk"))
    clerk.go(f"/institution/rosters/{roster.pk}/tickets/")
    clerk.press("确认 3 张中无误的")
    assert set(AdmissionTicket.objects.values_list("status", flat=True)) == {"confirmed"}


def test_a_person_reads_what_was_filed_and_objects(phone: Person, opened: SetClock) -> None:
    from tests.people.pages import code_for

    roster = lists.submitted(member("institution_clerk"), member("institution_approver"))
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
