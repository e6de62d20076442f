"""The marker's grid, the publisher's gate and the candidate's results, as pages."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from exams.enums import SessionStatus
from exams.models import Mark, MarkEntry, Release
from exams.services.batches import preview
from kupasi import clock
from kupasi.people.models import User
from tests.builders import a_candidate, a_user, at, signed_in
from tests.exams.marking import Exam, a_published_exam, all_marked, an_exam, everybody_came, marked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def after_the_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some days after the exam."""
    moment = at("2025-07-16T10:00")
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def exam(notice: None) -> Exam:
    exam = an_exam()
    everybody_came(exam, absent=(1,))
    return exam


@pytest.fixture
def publisher(db: None) -> User:
    return a_user("publisher")


def grid_of(exam: Exam) -> str:
    return reverse("mark-grid", args=[exam.sittings[0].pk])


def field(exam: Exam, entry: int) -> str:
    return f"seat-{exam.seats(exam.entries[entry])[0].pk}"


def test_the_grid_shows_ticket_numbers_and_no_names(exam: Exam) -> None:
    page = signed_in(exam.markers[0]).get(grid_of(exam)).content.decode()
    assert exam.entries[0].ticket.number in page
    assert exam.entries[0].candidate.name not in page
    assert str(exam.entries[0].candidate) not in page


def test_a_page_is_saved_row_by_row_and_bad_rows_say_why(exam: Exam) -> None:
    client = signed_in(exam.markers[0])
    page = client.post(grid_of(exam), {field(exam, 0): "101", field(exam, 1): "缺考"}).content.decode()
    assert "成绩应在 0 至 100 之间" in page
    assert 'value="101"' in page
    assert MarkEntry.objects.count() == 1


def test_anothers_entry_is_never_shown(exam: Exam) -> None:
    marked(exam, exam.seats(exam.entries[0])[0], "87.5")
    second = signed_in(exam.markers[1]).get(grid_of(exam)).content.decode()
    assert "87.5" not in second
    assert "待复录" in second


def test_a_stale_page_gets_both_values(exam: Exam) -> None:
    client, name = signed_in(exam.markers[0]), field(exam, 0)
    client.post(grid_of(exam), {name: "80"})
    version = name.replace("seat", "version")
    client.post(grid_of(exam), {name: "81", version: "1"})
    answer = client.post(grid_of(exam), {name: "82", version: "1"})
    assert answer.status_code == 409
    assert "已保存的是 81.0，您填的是 82。" in answer.content.decode()


def test_no_admin_page_takes_a_mark_or_publishes() -> None:
    assert not any(admin.site.is_registered(one) for one in (Mark, MarkEntry, Release))


def test_only_assigned_sittings_open(exam: Exam) -> None:
    other = signed_in(a_user("marker"))
    assert other.get(grid_of(exam)).status_code == 404
    assert "现在没有可以录分的场次" in other.get(reverse("marks")).content.decode()
    assert signed_in(a_user("clerk")).get(reverse("marks")).status_code == 403


def test_the_gate_lists_what_blocks(exam: Exam, publisher: User) -> None:
    page = signed_in(publisher).get(reverse("publication", args=[exam.session.pk])).content.decode()
    assert "还不能公布：2 人" in page
    assert "还有科目的成绩没有录满两次" in page
    assert "批准这一批" not in page


def test_the_publisher_publishes_what_was_shown(exam: Exam, publisher: User) -> None:
    all_marked(exam, "82,60", "absent")
    address, client = reverse("publication", args=[exam.session.pk]), signed_in(publisher)
    shown = preview(exam.session.pk).sha256
    assert shown in client.get(address).content.decode()
    assert client.post(address, {"expected_hash": "0" * 64}).status_code == 409
    assert client.post(address, {"expected_hash": shown}).status_code == 302
    assert "与批准的逐字节一致" in client.get(address).content.decode()
    assert client.post(reverse("release-publish", args=[Release.objects.get().pk])).status_code == 302
    exam.session.refresh_from_db()
    assert exam.session.status == SessionStatus.PUBLISHED
    assert client.get(reverse("publications")).status_code == 200


def test_a_publisher_who_marked_is_refused_with_403(exam: Exam, publisher: User) -> None:
    exam.markers[1] = publisher
    exam.sittings[0].markers.add(publisher)
    exam.sittings[1].markers.add(publisher)
    all_marked(exam, "82", "absent")
    address = reverse("publication", args=[exam.session.pk])
    answer = signed_in(publisher).post(address, {"expected_hash": preview(exam.session.pk).sha256})
    assert answer.status_code == 403
    assert not Mark.objects.published().exists()


def test_an_approval_is_withdrawn_with_a_reason_and_a_changed_batch_says_so(exam: Exam, publisher: User) -> None:
    all_marked(exam, "82,60", "absent")
    address, client = reverse("publication", args=[exam.session.pk]), signed_in(publisher)
    timed = {"expected_hash": preview(exam.session.pk).sha256, "publish_at": "2025-07-18T09:00"}
    client.post(address, timed)
    waiting = Release.objects.get()
    assert "2025年7月18日 09:00" in client.get(address).content.decode()
    Mark.objects.filter(seat__entry=exam.entries[0]).update(is_held=True)
    assert "批准之后内容有变动" in client.get(address).content.decode()
    assert client.post(reverse("release-publish", args=[waiting.pk])).status_code == 409
    client.post(reverse("release-withdraw", args=[waiting.pk]), {"reason": "重新核对"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.why) == ("withdrawn", "重新核对")
    assert client.get(reverse("publications")).status_code == 200


def test_a_candidate_may_be_left_out_on_the_page(exam: Exam, publisher: User) -> None:
    marked(exam, exam.seats(exam.entries[1])[0], "absent", "absent")
    for seat in exam.seats(exam.entries[0]):
        marked(exam, seat, "70", "70")
    address, left = reverse("publication", args=[exam.session.pk]), exam.entries[1].pk
    client = signed_in(publisher)
    assert "本次暂缓：1 人" in client.get(address, {"leave": left}).content.decode()
    shown = preview(exam.session.pk, leave_out=[left]).sha256
    assert client.post(address, {"expected_hash": shown, "leave": left}).status_code == 302
    assert client.post(reverse("release-publish", args=[Release.objects.get().pk])).status_code == 302
    held = signed_in(exam.entries[1].candidate.user).get(reverse("results")).content.decode()
    assert "暂缓公布" in held


def test_holding_and_marking_anew_ask_for_a_reason(exam: Exam, publisher: User) -> None:
    all_marked(exam, "82,60", "absent")
    client, entry = signed_in(publisher), exam.entries[0]
    client.post(reverse("entry-hold", args=[entry.pk]), {"reason": ""})
    assert not Mark.objects.filter(is_held=True).exists()
    client.post(reverse("entry-hold", args=[entry.pk]), {"reason": "违纪记录处理中"})
    assert Mark.objects.filter(is_held=True).count() == 2
    client.post(reverse("entry-release", args=[entry.pk]), {"reason": "记录不成立"})
    client.post(reverse("mark-start-over", args=[exam.seats(entry)[0].pk]), {"reason": "装订错位"})
    assert Mark.objects.filter(seat__entry=entry, is_held=False).count() == 1


def test_before_publication_a_candidate_sees_the_promise(exam: Exam) -> None:
    all_marked(exam, "82,60", "absent")
    page = signed_in(exam.entries[0].candidate.user).get(reverse("results")).content.decode()
    assert "最迟于 2025年8月8日 公布，还有 17 个工作日" in page
    assert "82.0" not in page


def test_after_publication_a_candidate_sees_own_marks_only(notice: None) -> None:
    exam, _ = a_published_exam("82,59.9", "77")
    page = signed_in(exam.entries[0].candidate.user).get(reverse("results")).content.decode()
    assert all(text in page for text in ("82.0", "合格", "59.9", "不合格"))
    assert "77.0" not in page
    assert "还没有成绩" in signed_in(a_candidate().user).get(reverse("results")).content.decode()


def test_an_absence_is_shown_as_such(notice: None) -> None:
    exam, _ = a_published_exam("82", "absent")
    page = signed_in(exam.entries[1].candidate.user).get(reverse("results")).content.decode()
    assert "缺考" in page


def test_the_same_page_sent_twice_saves_once_and_meets_no_conflict(exam: Exam) -> None:
    client = signed_in(exam.markers[0])
    for _ in range(2):
        assert client.post(grid_of(exam), {field(exam, 0): "80", field(exam, 1): "缺考"}).status_code == 302
    assert [(one.value, one.version) for one in MarkEntry.objects.order_by("seat")] == [(80, 1), (None, 1)]


def test_what_is_typed_for_a_paper_that_is_no_longer_open_is_said_to_be_unsaved(exam: Exam) -> None:
    seat = exam.seats(exam.entries[0])[0]
    marked(exam, seat, "80", "81")
    answer = signed_in(exam.markers[0]).post(grid_of(exam), {field(exam, 0): "81", f"version-{seat.pk}": "1"})
    assert (answer.status_code, "没有保存" in answer.content.decode()) == (409, True)
    assert MarkEntry.objects.get(seat=seat, entered_by=exam.markers[0]).value == 80
