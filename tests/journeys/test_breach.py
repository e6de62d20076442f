"""A breach, from the room to a decision carried out, and back: five people, each their own step (rules S8–S10)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from discipline.models import Case
from exams.models import Mark
from kupasi.people.models import User
from tests import builders
from tests.exams.marking import Exam, all_marked, an_exam, everybody_came

from .conftest import SetClock
from .steps import sign_in, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]
SHOTS = os.environ.get("KUPASI_SHOTS", "")  # a folder for pictures of what was walked through


def shot(walker: Walker, name: str) -> None:
    """Keep a picture for whoever wants to look."""
    if SHOTS:
        walker.page.screenshot(path=f"{SHOTS}/breach-{name}.png", full_page=True)


def patient(walker: Walker) -> Walker:
    """Waits while a letter is made: the first one loads the fonts."""
    walker.page.set_default_timeout(40_000)
    return walker


def paper(walker: Walker, path: str, name: str) -> str:
    """What a letter says."""
    content = walker.download(path).body()
    if SHOTS:
        Path(f"{SHOTS}/breach-{name}.pdf").write_bytes(content)
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()


def in_the_room(walker: Walker, exam: Exam) -> Case:
    """Clause in plain words, facts, reminder where it is presupposed, evidence, signature."""
    seat = exam.seats(exam.entries[0])[0]
    walker.go(f"/discipline/seats/{seat.pk}/record/")
    shot(walker, "1-record")
    walker.page.get_by_label("须知 二1").first.check()
    walker.write("事实", "开考后仍把手机放在桌面，提醒后没有收起。")
    walker.press("提交记录")
    walker.sees("提醒后仍不改正")
    walker.page.get_by_label("须知 三1").first.check()
    walker.tick("本人拒签")
    walker.write("证据名称", "桌面照片")
    walker.attach("证据照片", name="desk.jpg", content=builders.photo_bytes(), kind="image/jpeg")
    walker.press("提交记录")
    walker.sees("请另一名工作人员登录后签署", "本人拒签")
    return Case.objects.get()


def act_on(walker: Walker, case: Case, button: str) -> None:
    """Open the case and take the step."""
    walker.go(f"/discipline/cases/{case.pk}/")
    walker.press(button)


def test_a_breach_from_the_room_to_a_decision_and_back(phone: Person, desk: Person, opened: SetClock) -> None:
    exam = an_exam(people=2)
    first, second = staff("invigilator"), staff("invigilator")
    exam.sittings[0].invigilators.add(first, second)
    opened("2025-07-12T10:20")
    case = in_the_room(sign_in(phone(), first), exam)
    act_on(sign_in(phone(), second), case, "我在场，签署这份记录")
    everybody_came(exam)
    all_marked(exam, "80", "85")

    opened("2025-07-14T10:00")
    clerk = patient(sign_in(desk(), staff("clerk")))
    head_confirms(clerk, desk, case)
    examined_and_told(clerk, case)

    candidate = candidate_states(phone, exam, case, opened)
    opened("2025-07-17T10:00")
    supervisor = patient(sign_in(desk(), staff("supervisor")))
    decided(supervisor, case)
    clerk.go(f"/discipline/cases/{case.pk}/")
    served(clerk, "本人签收，签收人同上")
    act_on(supervisor, case, "执行决定")
    assert set(Mark.objects.filter(seat__entry=exam.entries[0]).values_list("status", flat=True)) == {"cancelled"}
    shot(supervisor, "6-carried-out")

    opened("2025-07-21T10:00")
    candidate.go(f"/discipline/mine/{case.pk}/")
    candidate.write("不服决定的理由", "监控显示手机不是我的。")
    candidate.press("申请复核")
    candidate.sees("复核申请正在办理")
    opened("2025-07-25T10:00")
    overturned(patient(sign_in(desk(), staff("supervisor"))), candidate, case, exam)


def head_confirms(clerk: Walker, desk: Person, case: Case) -> None:
    """Nobody was entered as head of the day: the office does, and that person confirms."""
    head = staff("invigilator")
    act_on(clerk, case, "登记当天的负责人")
    clerk.page.get_by_label("人员").select_option(str(head.pk))
    shot(clerk, "1-head")
    clerk.page.get_by_role("button", name="保存", exact=True).click()
    clerk.page.wait_for_load_state()
    act_on(sign_in(desk(), head), case, "核对并确认记录")
    clerk.go(f"/discipline/cases/{case.pk}/")


def examined_and_told(clerk: Walker, case: Case) -> None:
    clerk.write("调查情况", "调取监控，向监考和本人分别核实。")
    clerk.press("完成调查")
    clerk.press("制作告知书并通知本人")
    served(clerk, "邮件单号 SF0001")
    clerk.sees("陈述申辩截止 2025-07-21")
    shot(clerk, "2-clerk")
    assert "须知" in paper(clerk, f"/discipline/cases/{case.pk}/letters/notice/", "notice")


def served(clerk: Walker, proof: str) -> None:
    clerk.write("凭证", proof)
    clerk.press("登记送达")


def candidate_states(phone: Person, exam: Exam, case: Case, opened: SetClock) -> Walker:
    opened("2025-07-15T20:00")
    user: User = exam.entries[0].candidate.user  # type: ignore[assignment]
    candidate = sign_in(phone(), user)
    candidate.go("/discipline/mine/")
    candidate.press(f"案号 {case.number}")
    shot(candidate, "3-candidate")
    candidate.write("您要说明的情况", "手机是同桌的，我没有使用。")
    candidate.press("提交陈述")
    candidate.sees("已收到您的陈述申辩")
    return candidate


def decided(supervisor: Walker, case: Case) -> None:
    supervisor.go("/discipline/cases/")
    shot(supervisor, "4-inbox")
    supervisor.press(str(case.number))
    supervisor.sees("手机是同桌的", "不得参加各职业的评价")
    supervisor.write("理由", "事实清楚，证据相互印证。")
    supervisor.press("核对影响")
    supervisor.sees("签署后将会")
    shot(supervisor, "5-preview")
    supervisor.press("签署决定")
    supervisor.sees("已作出决定")
    assert "复核" in paper(supervisor, f"/discipline/cases/{case.pk}/letters/decision/", "decision")


def overturned(second: Walker, candidate: Walker, case: Case, exam: Exam) -> None:
    second.go(f"/discipline/cases/{case.pk}/")
    second.page.locator("[aria-labelledby=act-overturn] textarea").fill("重新核对监控，不能确认是本人。")
    second.press("复核：撤销决定")
    second.sees("已恢复")
    shot(second, "7-overturned")
    assert set(Mark.objects.filter(seat__entry=exam.entries[0]).values_list("status", flat=True)) == {"normal"}
    candidate.go(f"/discipline/mine/{case.pk}/")
    candidate.sees("原决定已撤销")
    shot(candidate, "8-candidate")
    assert "撤销" in paper(candidate, f"/discipline/mine/{case.pk}/letters/review/", "review")
