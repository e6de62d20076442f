"""The invigilator at the door, with a phone: online, without network in the middle, and back; then the room closes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exams.enums import Attendance, DoorResult, SittingStatus
from exams.models import CheckIn, Entry, OfflineNote, Room, Seat, Sitting
from tests.exams.doors import code
from tests.exams.marking import Exam, an_exam
from tests.exams.seating import a_photo
from tests.people import pages

from .steps import sign_in, staff
from .walker import Walker

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("opened")]
PIN, SLOW = "482915", 40_000  # a slow code is meant to be slow
SetClock = Callable[[str], None]


def an_exam_with_photos() -> tuple[Exam, Entry]:
    """Five people in the room, and one whose seat is in another."""
    exam = an_exam(people=6)
    for entry in exam.entries:
        Entry.objects.filter(pk=entry.pk).update(photo=a_photo(entry.candidate))
    stray = exam.entries.pop()
    there = Sitting.objects.get(pk=exam.sittings[0].pk)
    there.pk, there.room = None, Room.objects.create(site=there.room.site, name="第九考场", capacity=30)
    there.save(force_insert=True)
    Seat.objects.filter(entry=stray, sitting=exam.sittings[0]).update(sitting=there, number=7)
    pages.enrol(exam.invigilator)
    return exam, stray


def scan(walker: Walker, text: str, *sees: str) -> None:
    """What a scanner types, and what the door says."""
    walker.page.locator("#scan").fill(text)
    walker.page.keyboard.press("Enter")
    for one in sees:
        walker.page.locator("#door-answer").get_by_text(one).first.wait_for()


def enter(walker: Walker) -> None:
    """Enter on the empty field lets the person in who is shown."""
    walker.page.keyboard.press("Enter")
    walker.page.locator("#door-answer .k-door-word", has_text="已入场").wait_for()


def prepare(walker: Walker) -> None:
    """The room's list is taken onto the phone."""
    walker.write("离线口令", PIN)
    walker.page.get_by_role("button", name="下载本场名单").click()
    walker.page.get_by_text("离线名单已打开：5 人").wait_for(timeout=SLOW)
    walker.until("caches.open('kupasi-door-1').then(kept => kept.match(location.pathname)).then(Boolean)")
    walker.until("navigator.serviceWorker.controller !== null")


def test_a_door_works_when_the_network_goes(phone: Callable[[], Walker], opened: SetClock) -> None:
    exam, stray = an_exam_with_photos()
    opened("2025-07-12T08:45")
    walker, one = sign_in(phone(), exam.invigilator), exam.entries[0]
    walker.go("/exams/rooms/")
    walker.press("入场核验")
    scan(walker, code(one), "可以入场", one.candidate.name, one.candidate.documents.get().number[-4:])
    walker.look()
    assert not CheckIn.objects.exists()
    enter(walker)
    scan(walker, code(stray), "不在本考场", "第九考场")
    scan(walker, code(one), "已经入场")
    walker.look()
    prepare(walker)

    walker.context.set_offline(True)
    work_offline(walker, exam)
    assert CheckIn.objects.filter(source="offline").count() == 0

    walker.context.set_offline(False)
    walker.page.get_by_text("已上传").wait_for()
    expect_merged(exam)

    opened("2025-07-12T09:40")
    close_room(walker, exam)


def work_offline(walker: Walker, exam: Exam) -> None:
    """Two people come in, a code is forged, a page is loaded anew, and one is not who the ticket says."""
    _, two, three, four, _ = exam.entries
    scan(walker, code(two), "可以入场（离线）", two.candidate.name)
    walker.look()
    enter(walker)
    scan(walker, code(two), "已经入场（离线）")
    scan(walker, code(three)[:-1] + ("A" if code(three)[-1] != "A" else "Q"), "准考证无效（离线）")
    walker.page.reload()
    walker.page.get_by_text("待上传").wait_for()  # told by script, once it has read its store
    walker.sees("没有网络", "待上传")
    walker.write("离线口令", PIN)
    walker.page.get_by_role("button", name="打开离线名单").click()
    walker.page.get_by_text("离线名单已打开：5 人").wait_for(timeout=SLOW)
    scan(walker, three.ticket.number, "可以入场（离线）")
    enter(walker)
    scan(walker, code(four), "可以入场（离线）")
    walker.page.get_by_role("button", name="人证不符").click()
    walker.page.locator("#door-answer").get_by_text("人证不符").wait_for()
    walker.write("现场情况", "自称忘带证件，与照片不符")
    walker.page.get_by_role("button", name="记下").click()
    walker.page.get_by_text("已记下").wait_for()


def expect_merged(exam: Exam) -> None:
    """What was scanned offline stands in its order, and has had its effect."""
    rows = CheckIn.objects.filter(source="offline").order_by("at")
    said = [DoorResult.OK, DoorResult.ALREADY, DoorResult.FORGED, DoorResult.OK, DoorResult.MISMATCH]
    assert [row.result for row in rows] == said
    assert OfflineNote.objects.get().seat == exam.seats(exam.entries[3])[0]
    states = [exam.seats(entry)[0].attendance for entry in exam.entries]
    assert states == [*[Attendance.PRESENT] * 3, Attendance.UNKNOWN, Attendance.UNKNOWN]


def close_room(walker: Walker, exam: Exam) -> None:
    """Those who did not come are typed in from the sheet, the papers are counted, the room is closed."""
    walker.go(f"/exams/rooms/{exam.sittings[0].pk}/sheet/")
    for entry in exam.entries[3:]:
        walker.page.locator(f"#seat-{exam.seats(entry)[0].pk}").fill("3")
    walker.send()
    walker.go(f"/exams/rooms/{exam.sittings[0].pk}/")
    walker.write("收回份数", "3")
    walker.press("结束本场登记")
    walker.sees("本场已结束登记", "收回 3 份")
    assert Sitting.objects.get(pk=exam.sittings[0].pk).status == SittingStatus.CLOSED


def test_a_browser_without_the_signature_still_tells_its_own_tickets(
    phone: Callable[[], Walker], opened: SetClock
) -> None:
    exam, stray = an_exam_with_photos()
    opened("2025-07-12T08:45")
    walker = phone()
    walker.context.add_init_script(
        "const known = SubtleCrypto.prototype.importKey;"
        "SubtleCrypto.prototype.importKey = function (kind, raw, how, ...more) {"
        "  if (how?.name === 'Ed25519') return Promise.reject(new DOMException('', 'NotSupportedError'));"
        "  return known.call(this, kind, raw, how, ...more); };"
    )
    sign_in(walker, exam.invigilator)
    walker.go(f"/exams/rooms/{exam.sittings[0].pk}/door/")
    prepare(walker)
    walker.context.set_offline(True)
    scan(walker, code(exam.entries[0]), "可以入场（离线）")
    scan(walker, code(stray), "查无此证（离线）")


def test_the_supervisor_lets_in_whom_the_door_refused(phone: Callable[[], Walker], opened: SetClock) -> None:
    exam, _ = an_exam_with_photos()
    supervisor = staff("supervisor")
    opened("2025-07-12T09:31")
    walker, other = sign_in(phone(), exam.invigilator), sign_in(phone(), supervisor)
    walker.go(f"/exams/rooms/{exam.sittings[0].pk}/door/")
    scan(walker, code(exam.entries[0]), "已停止入场")
    walker.page.locator("summary", has_text="请监督放行").first.click()
    walker.page.get_by_label("放行理由").first.fill("电梯故障，已核实")
    walker.press("提交给监督")
    walker.sees("等监督批准")
    other.go("/admin/approvals/proposal/?pile=mine")
    other.press("放行入场")
    other.press("批准")
    walker.go(f"/exams/rooms/{exam.sittings[0].pk}/door/")
    walker.sees("已放行")
    assert exam.seats(exam.entries[0])[0].attendance == Attendance.LATE
