"""Rechecks and changes of published marks: in time, by other people, and everything that hangs on a mark follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from certificates import services as certificates
from certificates.models import Certificate
from exams.enums import RecheckStatus
from exams.models import Entry, Mark, MarkChange, Recheck
from exams.services import kept_passes
from exams.services.mark_changes import change_mark
from exams.services.rechecks import ask_recheck, doors, uphold
from exams.services.results import qualified
from kupasi import clock
from kupasi.approvals import services as approvals
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import User
from tests.builders import a_candidate, a_user, act, at, signed_in
from tests.certificates.made import issued
from tests.exams.marking import a_published_exam
from tests.exams.retaking import a_part_passed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
PUBLISHED, LAST = "2025-07-15T17:00", "2025-07-29T23:59:59"  # ten working days after 15 July
ASKED = "2025-07-16T09:00"
ONE = ["sum"]


def a_mark(marks: str = "82.5,55") -> Mark:
    """A published practical mark."""
    exam, _ = a_published_exam(marks)
    return Mark.objects.get(seat=exam.seats(exam.entries[0])[1])


def holder(mark: Mark) -> User:
    user = mark.seat.entry.candidate.user
    assert user is not None
    return user


def asked(mark: Mark, *, when: str = ASKED, points: list[str] = ONE) -> Recheck:
    return ask_recheck(mark.pk, points=points, by=act(holder(mark), when))


def code(call: object) -> str | None:
    with pytest.raises(Refusal) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_it_is_asked_for_within_ten_working_days_the_last_included() -> None:
    assert doors([mark := a_mark().pk], on=date(2025, 7, 29))[mark].is_open
    assert not doors([mark], on=date(2025, 7, 30))[mark].is_open
    assert asked(Mark.objects.get(pk=mark), when=LAST).due_on == date(2025, 8, 12)


def test_it_is_refused_late_twice_and_for_nothing() -> None:
    mark = a_mark()
    assert code(lambda: asked(mark, when="2025-07-30T00:00")) == "recheck_late"
    assert code(lambda: asked(mark, points=[])) == "recheck_points"
    assert code(lambda: asked(mark, points=["again"])) == "recheck_points"
    asked(mark)
    assert code(lambda: asked(mark)) == "recheck_twice"


def test_never_before_a_result_is_visible() -> None:
    mark = a_mark()
    Mark.objects.filter(pk=mark.pk).update(is_held=True)
    assert code(lambda: asked(mark)) == "not_published"


def test_the_answer_is_written_once_and_told() -> None:
    recheck, publisher = asked(a_mark()), a_user("publisher")
    for _ in range(2):
        uphold(recheck.pk, answer="合计无误。", by=act(publisher, "2025-07-20T09:00"))
    recheck.refresh_from_db()
    assert (recheck.status, recheck.answered_by) == (RecheckStatus.UPHELD, publisher)
    assert AuditEntry.objects.filter(action="recheck.answered").count() == 1
    assert Notice.objects.filter(kind="recheck", channel="in_app").count() == 2


def test_whoever_read_the_paper_does_not_answer() -> None:
    mark = a_mark()
    recheck = asked(mark)
    assert code(lambda: uphold(recheck.pk, answer="无误", by=act(mark.first_by, "2025-07-20T09:00"))) == "four_eyes"


def changed(mark: Mark, value: str, *, asker: User | None = None, approver: User | None = None) -> None:
    """Asked for by a publisher, approved by a supervisor."""
    request = approvals.ask(
        act(asker or a_user("publisher"), "2025-07-20T09:00"),
        kind="mark_change",
        about=mark,
        payload={"value": value},
        reason="第 12 题漏评",
    )
    by = act(approver or a_user("supervisor"), "2025-07-20T10:00")
    approvals.approve(request.pk, seen=request.digest, by=by)


def test_a_changed_mark_answers_the_recheck_and_keeps_the_old_one() -> None:
    mark = a_mark()
    recheck = asked(mark)
    changed(mark, "61.0")
    mark.refresh_from_db()
    recheck.refresh_from_db()
    kept = MarkChange.objects.get()
    assert (mark.value, mark.version, recheck.status) == (Decimal("61.0"), 2, RecheckStatus.CORRECTED)
    assert (kept.old_value, kept.new_value, kept.reason) == (Decimal("55.0"), Decimal("61.0"), "第 12 题漏评")


def test_whoever_passes_by_the_change_is_qualified() -> None:
    mark = a_mark()
    assert not qualified().exists()
    changed(mark, "61.0")
    assert qualified().get() == mark.seat.entry


def test_a_certificate_that_is_no_longer_earned_becomes_void() -> None:
    certificate = issued()
    mark = Mark.objects.filter(seat__entry=certificate.entry).first()
    assert mark is not None
    changed(mark, "59.0")
    certificate.refresh_from_db()
    assert (certificate.status, certificate.voided_on) == ("void", date(2025, 7, 20))


def test_a_change_that_still_passes_leaves_the_certificate() -> None:
    certificate = issued()
    changed(Mark.objects.filter(seat__entry=certificate.entry).first(), "60.0")  # type: ignore[arg-type]
    assert Certificate.objects.get().status == "issued"
    assert certificates.due_ids(by=act(when="2025-07-21T09:00")) == []


def test_a_kept_pass_that_is_lowered_is_no_longer_kept() -> None:
    person = a_part_passed()
    changed(Mark.objects.get(value=Decimal("82.5")), "40")
    assert kept_passes.wallet(person, on=date(2025, 8, 1)) == []


@pytest.mark.parametrize("which", ["first_by", "published_by"])
def test_the_approver_is_another_and_entered_none_of_it(which: str) -> None:
    mark = a_mark()
    who = getattr(mark, which)
    by = act(who, "2025-07-20T10:00")
    asker = who if which == "published_by" else a_user("publisher")
    assert code(lambda: change_mark(mark.pk, value=Decimal(61), reason="漏评", asked_by=asker, by=by)) == "four_eyes"


def test_the_database_too_keeps_two_people_apart() -> None:
    mark, one = a_mark(), a_user("publisher")
    with pytest.raises(IntegrityError), transaction.atomic():
        MarkChange.objects.create(
            mark=mark, old_status="normal", new_status="normal", new_value=61, reason="漏评", asked_by=one,
            approved_by=one, changed_at=at(ASKED),
        )  # fmt: skip


def test_what_is_not_a_changed_mark_is_refused() -> None:
    mark, two = a_mark(), (a_user("publisher"), act(a_user("supervisor"), ASKED))
    assert (
        code(lambda: change_mark(mark.pk, value=Decimal("55.0"), reason="x", asked_by=two[0], by=two[1])) == "no_change"
    )
    Mark.objects.filter(pk=mark.pk).update(status="cancelled")
    assert (
        code(lambda: change_mark(mark.pk, value=Decimal(60), reason="x", asked_by=two[0], by=two[1])) == "wrong_status"
    )


@pytest.fixture
def july_16th(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after publication."""
    monkeypatch.setattr(clock, "now", lambda: at(ASKED))
    monkeypatch.setattr(clock, "today", lambda: at(ASKED).date())


@pytest.mark.usefixtures("july_16th")
def test_from_the_result_page_to_the_answer() -> None:
    mark = a_mark()
    own, office = signed_in(holder(mark)), signed_in(a_user("publisher"))
    url = reverse("recheck-ask", args=[mark.pk])
    assert url in own.get(reverse("results")).content.decode()
    assert own.post(url, {}).status_code == 400
    assert own.post(url, {"points": ["sum", "missed"]}).status_code == 302
    row = Recheck.objects.get()
    assert reverse("recheck", args=[row.pk]) in office.get(reverse("rechecks")).content.decode()
    assert office.post(reverse("recheck", args=[row.pk]), {"answer": "已核对，无误。"}).status_code == 302
    assert "已核对，无误。" in own.get(reverse("results")).content.decode()


@pytest.mark.usefixtures("july_16th")
def test_a_mark_corrected_after_the_answer_is_said_to_be_the_one_that_counts() -> None:
    mark = a_mark()
    recheck, office, own = asked(mark), signed_in(a_user("publisher")), signed_in(holder(mark))
    pages = [(own, reverse("results")), (office, reverse("recheck", args=[recheck.pk])), (office, reverse("rechecks"))]
    uphold(recheck.pk, answer="合计无误。", by=act(a_user("publisher"), "2025-07-18T09:00"))
    assert not any("更正" in client.get(url).content.decode().partition("<main")[2] for client, url in pages)
    changed(mark, "61.0")
    shown = [client.get(url).content.decode() for client, url in pages]
    assert all("更正" in one for one in shown)
    assert ["以上面显示的成绩为准" in one for one in shown] == [True, True, False]
    assert "2025-07-20 又更正为 61.0 分" in shown[2]


def test_a_correction_that_answers_the_recheck_is_not_said_twice() -> None:
    mark = a_mark()
    asked(mark)
    changed(mark, "61.0")
    assert doors([mark.pk], on=date(2025, 7, 21))[mark.pk].corrected_on is None


def test_whoever_asks_for_a_correction_sees_the_present_mark_and_cannot_ask_for_the_same() -> None:
    mark, client = a_mark(), signed_in(a_user("publisher"))
    url = reverse("admin:approvals_proposal_ask", args=["mark_change", mark.pk])
    shown = client.get(url).content.decode()
    assert all(one in shown for one in (mark.seat.entry.ticket.number, "成绩 55.0 分", "合格分 60"))
    same = client.post(url, {"value": "55", "reason": "漏评"})
    assert (same.status_code, same.context["form"].errors.as_data()["value"][0].code) == (200, "no_change")
    assert client.post(url, {"value": "61", "reason": "漏评"}).status_code == 302


def test_the_publisher_finds_a_published_mark_by_its_ticket() -> None:
    mark, client = a_mark(), signed_in(a_user("publisher"))
    found = client.post(reverse("mark-correct"), {"ticket": mark.seat.entry.ticket.number})
    assert reverse("admin:approvals_proposal_ask", args=["mark_change", mark.pk]) in found.content.decode()
    assert list(client.post(reverse("mark-correct"), {"ticket": "000000000000"}).context["marks"]) == []


@pytest.mark.usefixtures("july_16th")
def test_another_persons_mark_is_not_there() -> None:
    mark = a_mark()
    answer = signed_in(a_candidate().user).post(reverse("recheck-ask", args=[mark.pk]), {"points": ["sum"]})
    assert (answer.status_code, Recheck.objects.count(), Entry.objects.count()) == (404, 0, 1)
