"""Lists for certificates, official numbers, corrections: one asks, another approves (rules X1, X2, TC-019)."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from django.db import IntegrityError, transaction
from django.test import Client

from certificates import services
from certificates.models import Certificate, IssueBatch, NumberImport, NumberUse
from certificates.services import batches, official
from certificates.services.facts import facts_hash
from exams.models import Mark
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.people.models import Candidate
from tests.builders import a_candidate, a_user, act

from .conftest import signed_in
from .made import ISSUED, LATER, NUMBER, OPENED, a_series, approve_all, issued, waiting
from .test_issue import refused

OFFICIAL = "Y000031000001251000007"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def unlisted(*marks: str) -> list[Certificate]:
    """Certificates that no approved list holds."""
    rows = waiting(*marks)
    Certificate.objects.update(approved_facts="", batch=None)
    Proposal.objects.all().delete()
    IssueBatch.objects.all().delete()
    return list(Certificate.objects.filter(pk__in=[one.pk for one in rows]).order_by("pk"))


def session_of(certificate: Certificate) -> int:
    return certificate.entry.exam_session_id


def proposed(session: int, *, when: str = OPENED) -> tuple[IssueBatch, Proposal]:
    """A publisher's list, not yet approved."""
    by = act(a_user("publisher"), when)
    return batches.propose(session, expected=services.list_up(session, on=by.on).digest, reason="已核对", by=by)


def renamed(person: Candidate, name: str) -> None:
    person.name = name
    person.save(update_fields=["name"])


def test_without_an_approved_list_nothing_is_numbered() -> None:
    (certificate,) = unlisted("80")
    a_series()
    assert services.due_ids(by=act(when=ISSUED)) == []
    with refused("not_approved"):
        services.issue(certificate.pk, by=act(when=ISSUED))
    approve_all(ISSUED)
    assert services.due_ids(by=act(when=ISSUED)) == [certificate.pk]


def test_a_list_says_who_is_left_out_and_why() -> None:
    first, second, third = unlisted("80", "70", "90")
    Mark.objects.filter(seat__entry=second.entry).update(is_held=True)
    Mark.objects.filter(seat__entry=third.entry).update(value="10")
    listing = services.list_up(session_of(first), on=act(when=OPENED).on)
    assert [one.certificate.pk for one in listing.listed] == [first.pk]
    assert [(one.entry.pk, one.reason.code) for one in listing.excluded] == [
        (second.entry_id, "result_held"),
        (third.entry_id, "not_qualified"),
    ]


def test_whoever_has_a_certificate_or_none_to_fill_is_left_out() -> None:
    first, second = unlisted("80", "70")
    services.void(first.pk, reason="测试", by=act(when=OPENED))
    Certificate.objects.filter(pk=second.pk).delete()
    listing = services.list_up(session_of(first), on=act(when=OPENED).on)
    assert [one.reason.code for one in listing.excluded] == ["certificate_void", "not_opened"]


def test_the_asker_never_approves() -> None:
    (certificate,) = unlisted("80")
    batch, proposal = proposed(session_of(certificate))
    asker = act(batch.made_by, OPENED)
    for try_it in (
        lambda: approvals.approve(proposal.pk, seen=proposal.digest, by=asker),
        lambda: services.approve(batch.pk, by=asker),
    ):
        with refused("four_eyes"):
            try_it()
    with pytest.raises(IntegrityError), transaction.atomic():
        IssueBatch.objects.filter(pk=batch.pk).update(approved_by=batch.made_by, approved_at=asker.at)


def test_what_changed_after_the_asking_is_not_approved() -> None:
    first, second = unlisted("80", "70")
    _, proposal = proposed(session_of(first))
    Mark.objects.filter(seat__entry=second.entry).update(is_held=True)
    with refused("list_changed"):
        approvals.approve(proposal.pk, seen=proposal.digest, by=act(a_user("supervisor"), ISSUED))
    assert not Certificate.objects.exclude(approved_facts="").exists()
    proposal.refresh_from_db()
    assert proposal.status == "failed"


def test_a_list_other_than_the_one_shown_is_not_asked_for() -> None:
    (certificate,) = unlisted("80")
    with refused("list_changed"):
        batches.propose(
            session_of(certificate), expected="0" * 64, reason="已核对", by=act(a_user("publisher"), OPENED)
        )


def test_a_name_corrected_after_the_approval_needs_a_new_list() -> None:
    (certificate,) = waiting("80")
    a_series()
    renamed(certificate.candidate, "李改名")
    with refused("not_approved"):
        services.issue(certificate.pk, by=act(when=ISSUED))
    approve_all(ISSUED)
    assert services.issue(certificate.pk, by=act(when=ISSUED)).name == "李改名"


def test_without_the_approved_facts_another_name_would_be_printed() -> None:
    (certificate,) = waiting("80")
    a_series()
    renamed(certificate.candidate, "李改名")
    row = Certificate.objects.get(pk=certificate.pk)
    row.approved_facts = facts_hash(row)
    row.save(update_fields=["approved_facts"])
    assert services.issue(certificate.pk, by=act(when=ISSUED)).name == "李改名"


def test_a_long_list_asks_no_more_questions(django_assert_num_queries: Any) -> None:
    (first, *_) = unlisted("80", "70", "60", "90", "85")
    with django_assert_num_queries(10):
        assert len(services.list_up(session_of(first), on=act(when=OPENED).on).listed) == 5


def test_the_pages_draw_up_a_list_and_another_approves_it() -> None:
    (certificate,) = unlisted("80")
    publisher, supervisor = signed_in(a_user("publisher")), signed_in(a_user("supervisor"))
    page = "/admin/certificates/issuebatch/prepare/"
    assert "1 人待列入" in publisher.get(page).content.decode()
    path = f"{page}{session_of(certificate)}/"
    digest = services.list_up(session_of(certificate), on=act(when=LATER).on).digest
    assert publisher.get(path).status_code == 200
    answer = publisher.post(path, {"expected": digest, "reason": "已核对"})
    proposal = Proposal.objects.get()
    assert answer["Location"] == f"/admin/approvals/proposal/{proposal.pk}/page/"
    supervisor.post(answer["Location"], {"act": "approve", "seen": proposal.digest, "reason": ""})
    assert IssueBatch.objects.get().approved_at is not None
    assert supervisor.get(f"/admin/certificates/issuebatch/{IssueBatch.objects.get().pk}/page/").status_code == 200
    assert supervisor.post(path, {"expected": digest, "reason": "x"}).status_code == 403


# --- official numbers ------------------------------------------------------------------------------------------------
def a_file(*rows: tuple[str, str, str], kind: str = "xlsx") -> bytes:
    """A file as the authority might send it."""
    table = [("序号", "姓名", "准考证号", "证书编号"), *(("1", name, ticket, number) for ticket, name, number in rows)]
    if kind == "csv":
        return "\r\n".join(",".join(row) for row in table).encode("gb18030")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(table):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def line_of(certificate: Certificate, number: str = OFFICIAL) -> tuple[str, str, str]:
    return certificate.entry.ticket.number, certificate.candidate.name, number


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_official_numbers_are_given_as_they_came(kind: str) -> None:
    (certificate,) = waiting("80")
    by = act(a_user("publisher"), OPENED)
    made = official.keep(official.read(a_file(line_of(certificate), kind=kind)), file_name="编号.xlsx", by=by)
    proposal = official.propose(made, reason="来文第 7 号", by=by)
    approvals.approve(proposal.pk, seen=proposal.digest, by=act(a_user("supervisor"), OPENED))
    assert services.due_ids(by=act(when=ISSUED)) == [certificate.pk]
    given = services.issue(certificate.pk, by=act(when=ISSUED))
    assert (given.number, given.is_sample) == (OFFICIAL, False)
    assert list(NumberUse.objects.values_list("number", flat=True)) == [OFFICIAL]


def test_each_faulty_line_is_named_and_nothing_is_taken() -> None:
    first, second = waiting("80", "70")
    done = Certificate.objects.get(pk=second.pk)
    a_series()
    services.issue(done.pk, by=act(when=ISSUED))
    ticket, name, _ = line_of(first)
    rows = [(ticket, "别人", OFFICIAL), ("1", name, OFFICIAL[:-1] + "8"), line_of(second), (ticket, name, "X1"),
            (ticket, name, NUMBER)]  # fmt: skip
    problems = [one.problem[:6] for one in official.read(a_file(*rows)).problems]
    assert problems == ["姓名与登记的", "没有这个准考", "没有这个准考", "同一准考证号", "同一准考证号"]
    with refused("file_has_problems"):
        official.keep(official.read(a_file(*rows)), file_name="x", by=act(a_user("publisher")))


@pytest.mark.parametrize("number", ["X1", NUMBER, OFFICIAL[:-1]])
def test_a_number_of_no_form_or_used_before_is_refused(number: str) -> None:
    first, second = waiting("80", "70")
    a_series()
    services.issue(second.pk, by=act(when=ISSUED))
    ticket, name, _ = line_of(first)
    (line,) = official.read(a_file((ticket, name, number))).lines
    assert line.problem


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04broken", "file_unreadable"), (b"\xff\xff\xfe", "file_unreadable"), (b"a,b\n", "columns_missing")],
)
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    with refused(code):
        official.read(content)


def test_a_number_used_in_between_takes_nothing_in() -> None:
    first, second = waiting("80", "70")
    by = act(a_user("publisher"), OPENED)
    rows = (line_of(first), line_of(second, OFFICIAL[:-1] + "8"))
    made = official.keep(official.read(a_file(*rows)), file_name="x", by=by)
    NumberUse.objects.create(number=OFFICIAL, prefix=OFFICIAL[:13], year=2025, level_digit="1", serial=7, used_at=by.at)
    with refused("number_taken"):
        official.take_in(made.pk, by=act(a_user("supervisor"), OPENED))
    assert not Certificate.objects.exclude(official_number=None).exists()


def test_the_pages_take_a_file_and_show_its_faults() -> None:
    (certificate,) = waiting("80")
    publisher = signed_in(a_user("publisher"))
    path = "/admin/certificates/numberimport/take/"
    good = io.BytesIO(a_file(line_of(certificate)))
    bad = io.BytesIO(a_file(("1", "x", OFFICIAL)))
    good.name = bad.name = "numbers.xlsx"
    assert "没有这个准考证号" in publisher.post(path, {"file": bad}).content.decode()
    page = publisher.post(path, {"file": good})["Location"]
    assert OFFICIAL in publisher.get(page).content.decode()
    assert "approvals" in publisher.post(page, {"expected": "x", "reason": "来文"})["Location"]
    assert signed_in(a_user("clerk")).get(path).status_code == 403
    assert NumberImport.objects.get().approved_at is None


# --- corrections -----------------------------------------------------------------------------------------------------
def test_a_correction_voids_the_old_one_in_the_same_transaction(client: Client) -> None:
    old = issued(name="张三峰")
    renamed(old.candidate, "张三丰")
    clerk, supervisor = act(a_user("clerk"), LATER), act(a_user("supervisor"), LATER)
    proposal = approvals.ask(clerk, kind="certificate_correct", about=old, payload={}, reason="错字")
    assert services.by_name(NUMBER, "张三峰").status == "valid"
    approvals.approve(proposal.pk, seen=proposal.digest, by=supervisor)
    assert services.by_name(NUMBER, "张三峰").status == "void"
    (new,) = Certificate.objects.filter(replaces=old)
    assert services.due_ids(by=supervisor) == [new.pk]
    given = services.issue(new.pk, by=supervisor)
    assert (given.name, given.number, given.entry_id) == ("张三丰", NUMBER[:-1] + "2", old.entry_id)


def test_a_clerk_alone_corrects_nothing() -> None:
    old = issued(name="张三峰")
    renamed(old.candidate, "张三丰")
    clerk = act(a_user("clerk"), LATER)
    proposal = approvals.ask(clerk, kind="certificate_correct", about=old, payload={}, reason="错字")
    for by, code in ((clerk, "four_eyes"), (act(a_user("clerk"), LATER), "not_allowed")):
        with refused(code):
            approvals.approve(proposal.pk, seen=proposal.digest, by=by)
    assert Certificate.objects.get().status == "issued"


def test_a_holder_does_not_ask_for_a_correction_and_nothing_changed_is_refused() -> None:
    old = issued(name="张三丰")
    assert old.candidate.user is not None
    with refused("not_allowed"):
        approvals.ask(act(old.candidate.user), kind="certificate_correct", about=old, payload={}, reason="x")
    with refused("nothing_to_correct"):
        approvals.ask(act(a_user("clerk"), LATER), kind="certificate_correct", about=old, payload={}, reason="错字")


def test_what_was_approved_about_a_person_stays_with_that_person() -> None:
    (certificate,) = waiting("80")
    other = a_candidate()
    supervisor = a_user("supervisor")
    Candidate.objects.filter(pk=other.pk).update(user=None)
    Certificate.objects.update(approved_facts="", batch=None)
    batch, _ = proposed(session_of(certificate))
    Candidate.objects.filter(pk=certificate.candidate_id).update(user=supervisor)
    with refused("four_eyes"):
        services.approve(batch.pk, by=act(supervisor, OPENED))
