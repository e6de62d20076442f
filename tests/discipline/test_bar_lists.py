"""Lists of bars: whole or not at all, by two people; the unknown are recognised the day they come (S5, E8)."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from discipline.models import Bar, BarLine, BarList, Resemblance
from discipline.rules.bar_rows import read_rows
from discipline.services import bar_lists, forgetting
from kupasi.approvals import services as approvals
from kupasi.errors import Refusal
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate
from kupasi.people.services import PersonFacts, find_or_create_candidate, settle_identity
from tests.builders import a_candidate, a_user, act, resident_id, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
HEAD = "证件类型,证件号码,起始日,截止日,姓名,条款"
SPAN = "2025-05-01,2027-05-01"
UNKNOWN = resident_id(date(1991, 2, 3), seq=77)


def a_list(*lines: str, head: str = HEAD) -> bytes:
    return "\r\n".join((head, *lines)).encode("gb18030")


def line(number: str, name: str = "", *, span: str = SPAN, kind: str = "居民身份证") -> str:
    return f"{kind},{number},{span},{name},四2"


def number_of(person: Candidate) -> str:
    return person.documents.get().number


def taken(data: bytes) -> BarList:
    """Uploaded by one supervisor, asked for, approved by another."""
    first, second = act(a_user("supervisor")), act(a_user("supervisor"))
    kept = bar_lists.keep(data, source="沪人社〔2025〕1号", by=first)
    asked = approvals.ask(first, kind="bar_list", about=kept, payload={}, reason="来文")
    approvals.approve(asked.pk, seen=asked.digest, by=second)
    kept.refresh_from_db()
    return kept


def counter(number: str, name: str, *, kind: str = "resident_id", born: date | None = None) -> Candidate:
    """Somebody comes to the desk."""
    country = "CHN" if kind == "passport" else ""
    facts = PersonFacts(
        name=name, kind=kind, number=number, country=country, birth_date=born, sex=Sex.MALE if born else None
    )
    return find_or_create_candidate(act(a_user("clerk")), facts=facts).candidate


def test_the_known_are_barred_and_the_unknown_wait_by_hash() -> None:
    person = a_candidate()
    taken(a_list(line(number_of(person), person.name), line(UNKNOWN, "不在册")))
    assert Bar.objects.get().candidate == person
    waiting = BarLine.objects.get(bar=None)
    assert UNKNOWN not in str(vars(waiting))
    assert "不在册" not in str(vars(waiting))
    known = counter(UNKNOWN, "不在册")
    assert Bar.objects.get(candidate=known).barred_until == date(2027, 5, 1)
    assert not known.needs_identity_review


def test_the_same_name_and_birth_date_with_a_passport_waits_for_a_human() -> None:
    taken(a_list(line(UNKNOWN, "钱一二")))
    person = counter("E12345678", "钱一二", kind="passport", born=date(1991, 2, 3))
    assert person.needs_identity_review
    assert not Bar.objects.exists()
    assert Resemblance.objects.get(candidate=person).kind == "name"
    settle_identity(person.pk, by=act(a_user("clerk")), reason="证件核对")
    assert not Candidate.objects.get(pk=person.pk).needs_identity_review


def test_somebody_here_already_of_that_name_and_day_is_held_when_the_list_is_taken() -> None:
    person = a_candidate(birth=date(1991, 2, 3))
    taken(a_list(line(UNKNOWN, person.name)))
    person.refresh_from_db()
    assert person.needs_identity_review
    assert not Bar.objects.exists()


def test_one_wrong_line_keeps_the_whole_list_out() -> None:
    data = a_list(line(UNKNOWN), line("310104199102030000"), line(UNKNOWN), line(UNKNOWN, span="2025-05-01,2024-05-01"))
    _, errors = bar_lists.judge(data, on=date(2025, 5, 20))
    assert [(one.line, one.code) for one in errors] == [(3, "bad_checksum"), (4, "repeated"), (5, "days_order")]
    with pytest.raises(Refusal) as refusal:
        bar_lists.keep(data, source="来文", by=act(a_user("supervisor")))
    assert refusal.value.code == "rows_wrong"
    assert not BarList.objects.exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("姓名,电话\n甲,1", "columns_missing"),
        ("", "columns_missing"),
        (HEAD, "no_rows"),
        (HEAD + "\n" + "居民身份证,1,2025-01-01,2025-02-01\n" * 1001, "too_many_rows"),
        (HEAD + "\n居民身份证,1,2025/01/01,2025-02-01", "bad_date"),
        (HEAD + "\n居民身份证,1,2025-01-01,2025-02-30", "bad_date"),
        (HEAD + "\n居民身份证,1,2025-W01-1,2025-02-01", "bad_date"),
        (HEAD + "\n居民身份证,1,0001-01-01,2025-02-01", "bad_date"),
        (HEAD + "\n居民身份证,1,2025-01-01,9999-12-31", "bad_date"),
        (HEAD + "\n,1,2025-01-01,2025-02-01", "missing"),
        (HEAD + "\n居民身份证," + "1" * 101 + ",2025-01-01,2025-02-01", "too_long"),
        (HEAD + "\n居民身份证,1,2025-01-01,2025-02-01,甲,四2,多,余", "cell_count"),
        (HEAD + "\n" + "x" * 140_000, "unreadable"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_list_is_named(text: str, code: str) -> None:
    assert code in {one.code for one in read_rows(text).errors}


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b"\xff\xfe\x00\x00", "encoding"), (b"x" * 600_000, "too_big")]
)
def test_what_is_no_text_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        bar_lists.judge(data, on=date(2025, 5, 20))
    assert refusal.value.code == code


def a_workbook(*rows: list[object], head: str = HEAD) -> bytes:
    """The same as a workbook; a formula where a text begins with =, days and numbers as such."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([head.split(","), *rows]):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    return out.getvalue()


def test_a_workbook_is_read_like_a_text() -> None:
    row: list[object] = ["居民身份证", UNKNOWN, date(2025, 5, 1), "2027-05-01", "钱一二", "四2"]
    people, errors = bar_lists.judge(a_workbook(row), on=date(2025, 5, 20))
    assert errors == []
    text, _ = bar_lists.judge(a_list(line(UNKNOWN, "钱一二")), on=date(2025, 5, 20))
    assert people == text


def test_every_wrong_cell_of_a_workbook_is_named_and_nothing_is_kept() -> None:
    good: list[object] = ["居民身份证", UNKNOWN, "2025-05-01", "2027-05-01", "钱一二", "四2"]
    rows = [good, [], [good[0], 310104199102030001, *good[2:]], [*good[:4], "=1+1", "四2"], [*good[:3], "明年"]]
    data = a_workbook(*rows)
    _, errors = bar_lists.judge(data, on=date(2025, 5, 20))
    found = [(one.line, one.column, one.code) for one in errors]
    assert found == [
        (4, "证件号码", "number_not_text"), (5, "姓名", "formula_not_accepted"), (6, "截止日", "bad_date"),
    ]  # fmt: skip
    with pytest.raises(Refusal):
        bar_lists.keep(data, source="来文", by=act(a_user("supervisor")))
    assert not BarList.objects.exists()


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", a_workbook()[:900]])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal):
        bar_lists.judge(data, on=date(2025, 5, 20))


def test_whoever_uploaded_it_does_not_take_it() -> None:
    by = act(a_user("supervisor"))
    kept = bar_lists.keep(a_list(line(UNKNOWN)), source="来文", by=by)
    assert bar_lists.keep(a_list(line(UNKNOWN)), source="来文", by=by) == kept
    with pytest.raises(Refusal) as refusal:
        bar_lists.take(kept.pk, by=by)
    assert refusal.value.code == "same_person"


def test_a_list_that_changed_its_people_must_be_asked_for_again() -> None:
    first = act(a_user("supervisor"))
    kept = bar_lists.keep(a_list(line(UNKNOWN, "钱一二")), source="来文", by=first)
    asked = approvals.ask(first, kind="bar_list", about=kept, payload={}, reason="来文")
    counter(UNKNOWN, "钱一二")
    with pytest.raises(Refusal) as refusal:
        approvals.approve(asked.pk, seen=asked.digest, by=act(a_user("supervisor")))
    assert refusal.value.code == "stale"
    assert not Bar.objects.exists()


def test_a_line_nobody_came_for_goes_with_its_bar() -> None:
    taken(a_list(line(UNKNOWN)))
    assert forgetting.forget(by=act(when="2027-05-01T10:00"))["lines"] == 0
    assert forgetting.forget(by=act(when="2027-05-02T10:00"))["lines"] == 1
    assert not BarLine.objects.exists()


def test_the_page_names_every_error_and_then_previews() -> None:
    client = signed_in(a_user("supervisor"))
    person = a_candidate()

    def send(*lines: str) -> object:
        file = SimpleUploadedFile("名单.csv", a_list(*lines))
        return client.post(reverse("bar-lists"), {"source": "来文 2 号", "file": file}, follow=True)

    assert "怎样改" in send(line("1")).content.decode()  # type: ignore[attr-defined]
    page = send(line(number_of(person)), line(UNKNOWN)).content.decode()  # type: ignore[attr-defined]
    assert str(person) in page
    assert "没有登记过" in page
    assert not Bar.objects.exists()
    assert client.get(reverse("bar-list-template")).status_code == 200


def test_a_list_that_was_asked_for_leads_to_the_request_and_not_to_another_one() -> None:
    first, second = a_user("supervisor"), a_user("supervisor")
    kept = bar_lists.keep(a_list(line(UNKNOWN)), source="来文", by=act(first))
    page, asking = (
        reverse("bar-list", args=[kept.pk]),
        reverse("admin:approvals_proposal_ask", args=["bar_list", kept.pk]),
    )
    assert asking in signed_in(first).get(page).content.decode()
    asked = approvals.ask(act(first), kind="bar_list", about=kept, payload={}, reason="来文")
    shown = signed_in(second).get(page).content.decode()
    assert reverse("admin:approvals_proposal_page", args=[asked.pk]) in shown
    assert asking not in shown
