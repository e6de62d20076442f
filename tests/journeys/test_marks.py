"""Two markers, a difference, a third, a publisher who approves and publishes: by keyboard alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exams.models import Mark, MarkEntry, PaperTotal, Publication
from kupasi.people.models import User
from tests.exams.marking import Exam, an_exam, everybody_came

from .conftest import SetClock
from .steps import sign_in, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]
PASTE = """text => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
    document.activeElement.dispatchEvent(event);
}"""


def an_exam_to_mark() -> tuple[Exam, list[User]]:
    """Three people in one room, the last absent; three markers who can sign in."""
    exam = an_exam(people=3)
    everybody_came(exam, absent=(2,))
    markers = [staff("marker") for _ in range(3)]
    for sitting in exam.sittings:
        sitting.markers.set(markers)
    return exam, markers


def picture(walker: Walker, name: str) -> None:
    """Kept where `PICTURES` names a folder, to be looked at by a person."""
    if folder := os.environ.get("PICTURES"):
        width = walker.page.evaluate("window.innerWidth")
        walker.page.screenshot(path=str(Path(folder) / f"marks-{name}-{width}.png"), full_page=True)


def press_focused(walker: Walker, name: str) -> None:
    """Go on with the Tab key to the button of that name, and press it with Enter."""
    for _ in range(60):
        words = walker.page.evaluate("document.activeElement.innerText || ''")
        if words.strip().startswith(name):
            with walker.page.expect_navigation(wait_until="load"):
                walker.page.keyboard.press("Enter")
            walker.look()
            return
        walker.page.keyboard.press("Tab")
    raise AssertionError(f"no way to {name} by Tab on {walker.page.url}")


def type_marks(walker: Walker, *values: str) -> None:
    """The grid has put the cursor into its first open field; Enter leads to the next."""
    for value in values:
        walker.page.keyboard.type(value)
        walker.page.keyboard.press("Enter")


def state_totals(walker: Walker, papers: str, total: str) -> None:
    """What the paper says, in the two fields below the grid."""
    walker.write("纸面份数", papers)
    walker.write("纸面分数合计", total)
    walker.page.get_by_label("纸面分数合计").focus()
    press_focused(walker, "保存本页")


def first_marker(walker: Walker, exam: Exam) -> None:
    """Types the theory; a slip of the sum is seen at once. Pastes the practical."""
    theory, practical = exam.sittings
    walker.go(f"/exams/marks/{theory.pk}/")
    type_marks(walker, "82.5", "60", "q")
    picture(walker, "grid")
    state_totals(walker, "2", "143.5")
    walker.sees("与纸面合计不一致", "合计 142.5 分")
    picture(walker, "totals")
    state_totals(walker, "2", "142.5")
    walker.sees("本人录入与纸面合计一致")
    walker.go(f"/exams/marks/{practical.pk}/")
    walker.page.evaluate(PASTE, "71\n66.5\n缺考\n99")
    walker.sees("粘贴 4 行，填入 3 行，有 1 行没有对应的答卷")
    walker.page.locator("[data-mark]").last.focus()
    press_focused(walker, "保存本页")
    walker.sees("已保存 3 份")


def second_marker(walker: Walker, exam: Exam) -> None:
    """Pastes a column without a script's help, corrects the line in error; reads one paper otherwise."""
    theory, practical = exam.sittings
    tickets = [one.ticket.number for one in exam.entries]
    for sitting, marks in ((theory, ("82.5", "61", "缺考")), (practical, ("71", "66.5", "缺考"))):
        walker.go(f"/exams/marks/{sitting.pk}/column/")
        wrong = [f"{one}\t{mark}" for one, mark in zip(tickets, ("182.5", *marks[1:]), strict=True)]
        walker.page.get_by_label("粘贴一列").fill("\n".join(wrong))
        press_focused(walker, "核对")
        walker.sees("有误 1 行", "成绩应在 0 至 100 之间")
        picture(walker, "column")
        walker.go(f"/exams/marks/{sitting.pk}/column/")
        walker.page.get_by_label("粘贴一列").fill("\n".join(map("\t".join, zip(tickets, marks, strict=True))))
        press_focused(walker, "核对")
        walker.page.locator("main button").first.focus()
        press_focused(walker, "录入这 3 行")
        walker.sees("已录入 3 份")


def publisher_goes(walker: Walker, exam: Exam) -> None:
    """Looks at the gate and the hints, approves, and lets it out."""
    walker.go(f"/exams/publications/{exam.session.pk}/")
    walker.sees("将公布：3 人", "82.5", "61.0")
    picture(walker, "gate")
    walker.page.get_by_label("定时公布").focus()
    press_focused(walker, "批准这一批")
    walker.sees("已批准，等待公布", "逐字节一致")
    picture(walker, "approved")
    walker.go(f"/exams/publications/{exam.session.pk}/hints/")
    walker.sees("没有值得提示的差异")
    walker.go("/exams/marks/quality/")
    walker.sees("录分质量")
    picture(walker, "quality")
    walker.go(f"/exams/publications/{exam.session.pk}/")
    press_focused(walker, "立即公布")
    walker.sees("已公布")


def on_a_small_screen(walker: Walker, exam: Exam) -> None:
    """The marker's pages on a phone: nothing scrolls sideways, nothing grave is found."""
    walker.page.set_viewport_size({"width": 390, "height": 844})
    sitting = exam.sittings[0].pk
    for page, words in (
        ("", "录分"),
        (f"{sitting}/", "纸面合计"),
        (f"{sitting}/column/", "批量录分"),
        ("relations/", "申报"),
    ):
        walker.go(f"/exams/marks/{page}")
        walker.sees(words)
        picture(walker, f"phone-{page.strip('/').replace('/', '-')}")


def test_two_markers_a_third_and_a_publisher(desk: Person, opened: SetClock) -> None:
    exam, markers = an_exam_to_mark()
    publisher = staff("publisher")
    opened("2025-07-16T10:00")
    first = sign_in(desk(), markers[0])
    first_marker(first, exam)
    second_marker(sign_in(desk(), markers[1]), exam)
    publishing = sign_in(desk(), publisher)
    publishing.go(f"/exams/publications/{exam.session.pk}/")
    publishing.sees("还不能公布：1 人", "两次录入的成绩不一致")
    third = sign_in(desk(), markers[2])
    third.go(f"/exams/marks/{exam.sittings[0].pk}/")
    type_marks(third, "61")
    press_focused(third, "保存本页")
    publishing.go(f"/exams/publications/{exam.session.pk}/")
    publishing.sees("整场暂不能公布", "纸面 2 份、合计 142.5 分", "合计 143.5 分")
    first.go(f"/exams/marks/{exam.sittings[0].pk}/")
    state_totals(first, "2", "143.5")
    publisher_goes(publishing, exam)
    assert (Publication.objects.count(), Mark.objects.published().count(), MarkEntry.objects.count()) == (1, 6, 13)
    assert PaperTotal.objects.count() == 1
    on_a_small_screen(first, exam)
