"""The undelivered on paper: printed with the address, posted with a proof, off the call list afterwards."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.test import Client
from pypdf import PdfReader

from kupasi import clock
from kupasi.audit.models import Entry
from kupasi.notices import posting
from kupasi.notices.enums import NoticeStatus
from kupasi.notices.models import Notice, Posting
from kupasi.notices.services import queue, replay
from kupasi.operations.services import pulse
from kupasi.people.models import Candidate, User
from tests import builders
from tests.approvals.steps import refused

pytestmark = pytest.mark.django_db
LIST = "/admin/notices/notice/"
ADDRESS = "上海市徐汇区样例路 7 弄 3 号 501 室"


def undelivered(*, address: str = ADDRESS, name: str = "测试甲") -> Notice:
    person = builders.a_candidate(name=name)
    person.email, person.postal_address = "gone@example.org", address
    person.save()
    queue(builders.act(), key=f"n{person.pk}", kind="test", subject="准考证已制作", body="请确认。", candidate=person)
    letter = Notice.objects.get(candidate=person, channel="email")
    Notice.objects.filter(pk=letter.pk).update(status=NoticeStatus.FAILED, last_error="SMTPException")
    return Notice.objects.get(pk=letter.pk)


def printed(client: Client, *letters: Notice) -> list[str]:
    """The texts of the pages; empty when the answer is no paper."""
    sent = {"action": "print_letters", "_selected_action": [one.pk for one in letters]}
    answer = client.post(LIST, sent)
    if answer["Content-Type"] != "application/pdf":
        return []
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.content)).pages]


def test_each_letter_is_a_page_with_name_and_address(clerk: User) -> None:
    first, second = undelivered(), undelivered(name="测试乙", address="样例路 9 号")
    pages = printed(builders.signed_in(clerk), first, second)
    assert len(pages) == 2
    assert "".join(ADDRESS.split()) in pages[0]
    assert ["测试甲" in pages[0], "测试乙" in pages[1], "准考证已制作" in pages[0]] == [True] * 3
    assert Entry.objects.filter(action="letter.printed", actor=clerk).count() == 2


def test_what_arrived_or_has_no_address_is_not_printed(clerk: User) -> None:
    there, nowhere = undelivered(), undelivered(address="")
    Notice.objects.filter(pk=there.pk).update(status=NoticeStatus.SENT)
    assert printed(builders.signed_in(clerk), there, nowhere) == []
    assert not Entry.objects.filter(action="letter.printed").exists()


@pytest.mark.parametrize("role", ["supervisor", "auditor"])
def test_whoever_only_reads_letters_masked_prints_none(role: str) -> None:
    letter, desk = undelivered(), builders.signed_in(builders.a_user(role))
    assert printed(desk, letter) == []
    assert desk.get(f"{LIST}{letter.pk}/posted/").status_code == 403


def test_a_posted_letter_keeps_its_proof_and_leaves_the_call_list(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    letter, desk = undelivered(), builders.signed_in(clerk)
    monkeypatch.setattr(clock, "now", lambda: builders.at("2025-05-22T10:00"))
    sent = {"posted_on": "2025-05-21", "proof": "XA 1234 5678 9 31"}
    assert desk.post(f"{LIST}{letter.pk}/posted/", sent).status_code == 302
    letter.refresh_from_db()
    assert (letter.status, str(letter.posting)) == (NoticeStatus.POSTED, "2025-05-21 XA 1234 5678 9 31")
    assert Entry.objects.get(action="letter.posted").actor == clerk
    assert not pulse.dead_letters().exists()
    assert not replay(letter.pk, by=builders.act())


@pytest.mark.parametrize(
    ("day", "proof", "code"),
    [
        (date(2025, 5, 23), "XA1", "bad_day"),
        (date(2025, 5, 19), "XA1", "bad_day"),
        (date(2025, 5, 21), "  ", "proof_missing"),
        (date(2025, 5, 21), "x" * 61, "proof_missing"),
    ],
)
def test_a_posting_without_a_proof_or_on_a_wrong_day_is_refused(clerk: User, day: date, proof: str, code: str) -> None:
    letter = undelivered()
    with refused(code):
        posting.note_posted(letter.pk, posted_on=day, proof=proof, by=builders.act(clerk, "2025-05-22T10:00"))
    assert not Posting.objects.exists()


def test_noting_it_twice_is_noting_it_once_and_another_proof_is_refused(clerk: User) -> None:
    letter, by = undelivered(), builders.act(clerk, "2025-05-22T10:00")
    for _ in range(2):
        posting.note_posted(letter.pk, posted_on=date(2025, 5, 21), proof="XA1", by=by)
    assert Entry.objects.filter(action="letter.posted").count() == 1
    with refused("wrong_status"):
        posting.note_posted(letter.pk, posted_on=date(2025, 5, 21), proof="XA2", by=by)


def test_the_address_of_a_letter_is_written_nowhere_else(clerk: User) -> None:
    letter, desk = undelivered(), builders.signed_in(clerk)
    printed(desk, letter)
    assert Candidate.objects.get().postal_address == ADDRESS
    assert not [one for one in Entry.objects.all() if ADDRESS in str(one.after)]
    assert ADDRESS not in desk.get(f"{LIST}?status__exact=failed").content.decode()
