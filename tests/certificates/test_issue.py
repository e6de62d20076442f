"""From a published pass to a numbered certificate: once, without gaps, never twice (rules X1, X2)."""

from __future__ import annotations

import re
import subprocess
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from certificates import services
from certificates.enums import CertificateStatus
from certificates.models import Certificate, NumberUse
from certificates.tasks import issue_due, issue_one
from exams.models import Mark, Occupation
from exams.services.mark_changes import change_mark
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from tests.builders import a_user, act

from .made import ISSUED, LATER, NUMBER, PREFIX, a_series, approve_all, issued, waiting

RARE = "䶮㛃𬭎𫖯𠅤·测"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def text_of(certificate: Certificate, folder: Path) -> str:
    """The words of the paper, read back by another program."""
    path = folder / "certificate.pdf"
    with certificate.file.open() as file:
        path.write_bytes(file.read())
    shown = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return re.sub(r"\s", "", shown.stdout.decode())


def test_only_those_who_passed_everything_get_one() -> None:
    opened = waiting("80", "80,55", "absent")
    assert [one.status for one in opened] == [CertificateStatus.WAITING]


def test_the_sweep_opens_nobody_twice() -> None:
    waiting()
    assert services.open_certificates(by=act(when=LATER), barred=frozenset()) == []


def test_a_barred_person_is_passed_over() -> None:
    (certificate,) = waiting()
    person = certificate.candidate_id
    certificate.delete()
    assert services.open_certificates(by=act(when=LATER), barred=frozenset({person})) == []


def test_without_a_prefix_it_waits() -> None:
    (certificate,) = waiting()
    with refused("number_prefix_missing"):
        services.issue(certificate.pk, by=act(when=ISSUED))
    assert services.due_ids(by=act(when=ISSUED)) == []
    assert not NumberUse.objects.exists()


def test_a_number_has_the_parts_of_the_rule() -> None:
    assert issued().number == NUMBER


def test_issuing_twice_gives_one_number_and_one_paper() -> None:
    first = issued()
    again = services.issue(first.pk, by=act(when=LATER))
    assert (again.number, again.sha256, again.prints) == (first.number, first.sha256, 1)


def test_what_a_crash_left_without_paper_is_finished_by_the_sweep() -> None:
    certificate = issued()
    Certificate.objects.filter(pk=certificate.pk).update(sha256="", file="")
    assert services.due_ids(by=act(when=LATER)) == [certificate.pk]
    assert services.issue(certificate.pk, by=act(when=LATER)).sha256


def test_numbers_run_without_gaps() -> None:
    a_series()
    numbers = [services.issue(one.pk, by=act(when=ISSUED)).number for one in waiting("80", "70", "60")]
    assert [number[-6:] for number in numbers if number] == ["000001", "000002", "000003"]


def test_a_void_number_is_never_used_again() -> None:
    first, second = waiting("80", "70")
    a_series()
    services.issue(first.pk, by=act(when=ISSUED))
    services.void(first.pk, reason="测试", by=act(when=LATER))
    assert services.issue(second.pk, by=act(when=LATER)).number == NUMBER[:-1] + "2"
    with refused("wrong_status"):
        services.issue(first.pk, by=act(when=LATER))


def test_two_occupations_may_share_a_prefix() -> None:
    a_series(occupation="model-application")
    a_series()
    first, second = waiting("80", "70")
    other = Occupation.objects.get(code="model-application")
    Certificate.objects.filter(pk=second.pk).update(occupation=other, approved_facts="")
    approve_all()
    numbers = {services.issue(one.pk, by=act(when=ISSUED)).number for one in (first, second)}
    assert numbers == {NUMBER, NUMBER[:-1] + "2"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_give_two_numbers() -> None:
    ids = [one.pk for one in waiting("80", "70")]
    a_series()
    start = threading.Barrier(4)

    def work(pk: int) -> None:
        start.wait()
        services.issue(pk, by=act(when=ISSUED))
        connection.close()

    threads = [threading.Thread(target=work, args=(pk,)) for pk in ids * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(NumberUse.objects.values_list("serial", flat=True)) == [1, 2]
    assert set(Certificate.objects.values_list("prints", flat=True)) == {1}


def test_the_paper_says_what_the_database_says(tmp_path: Path) -> None:
    certificate = issued(name=RARE)
    text = text_of(certificate, tmp_path)
    document = certificate.document
    for words in (RARE, NUMBER, document.number, document.get_kind_display(), certificate.title, "2025年7月21日"):
        assert words in text
    for words in ("人工智能数据标注", "专项职业能力", "上海库帕思科技有限公司", "--", "样本", "osta.org.cn"):
        assert words in text


def test_the_paper_is_one_page_and_shows_no_mark(tmp_path: Path) -> None:
    certificate = issued()
    text = text_of(certificate, tmp_path)
    shown = subprocess.run(["pdfinfo", tmp_path / "certificate.pdf"], check=True, capture_output=True)
    assert b"Pages:           1\n" in shown.stdout
    assert b"(A4)" in shown.stdout
    assert "80.0" not in text
    assert "补发" not in text


def test_a_name_with_markup_is_printed_as_it_is(tmp_path: Path) -> None:
    name = "<img src=file:///etc/passwd>"
    assert "<imgsrc=file:///etc/passwd>" in text_of(issued(name=name), tmp_path)


def test_a_reprint_keeps_the_number_and_says_so(tmp_path: Path) -> None:
    certificate = issued()
    again = services.reprint(certificate.pk, reason="遗失", after_prints=1, by=act(when=LATER))
    assert (again.number, again.prints) == (NUMBER, 2)
    assert "补发" in text_of(again, tmp_path)
    assert services.reprint(certificate.pk, reason="遗失", after_prints=1, by=act(when=LATER)).prints == 2


@pytest.mark.parametrize(
    ("prefix", "sample", "code"),
    [("X000031000001", False, "prefix_shape"), ("S000099000001", False, "prefix_province"), ("", True, "prefix_shape")],
)
def test_a_prefix_that_cannot_be_one_is_refused(prefix: str, sample: bool, code: str) -> None:
    with refused(code):
        services.enter_series(
            act(),
            occupation=Occupation.objects.get(code="data-annotation"),
            prefix=prefix,
            level_digit="1",
            source="来文",
            is_sample=sample,
        )


def test_a_new_prefix_retires_the_old_one() -> None:
    old, same = a_series(), a_series()
    new = a_series(prefix="S000099000009")
    old.refresh_from_db()
    assert (same.pk, old.is_active, new.is_active) == (old.pk, False, True)


def test_the_holder_is_told_once_and_the_record_has_no_name() -> None:
    certificate = issued(name="张三丰")
    services.issue(certificate.pk, by=act(when=LATER))
    assert Notice.objects.in_app().filter(kind="certificate_issued").count() == 1
    lines = AuditEntry.objects.filter(object_type="certificates.certificate")
    assert [one.action for one in lines.order_by("pk")] == [
        "certificate.opened",
        "certificate.issued",
        "certificate.printed",
    ]
    assert "张三丰" not in str([(one.before, one.after) for one in lines])


def test_the_tasks_do_the_whole_way(monkeypatch: pytest.MonkeyPatch) -> None:
    (certificate,) = waiting()
    assert issue_one(certificate.pk) == "number_prefix_missing"
    a_series(by=a_user("supervisor"))
    sent: list[int] = []
    monkeypatch.setattr(issue_one, "delay", sent.append)
    issue_due()
    assert sent == [certificate.pk]
    assert issue_one(certificate.pk) == "issued"
    assert str(Certificate.objects.get().number).startswith(PREFIX)


def test_a_corrected_mark_that_still_passes_takes_no_certificate_while_a_case_holds_it() -> None:
    certificate = issued()
    marks = Mark.objects.filter(seat__entry=certificate.entry)
    marks.update(is_held=True)
    mark = marks.order_by("pk")[0]
    asked, approves = a_user("publisher"), act(a_user("supervisor"), LATER)
    change_mark(mark.pk, value=Decimal("90.0"), reason="漏评", asked_by=asked, by=approves)
    assert Certificate.objects.get(pk=certificate.pk).status == "issued"
    assert "90" not in Notice.objects.get(kind="mark_changed").body  # held: no mark is told
    change_mark(mark.pk, value=Decimal("59.9"), reason="误算", asked_by=asked, by=approves)
    assert Certificate.objects.get(pk=certificate.pk).status == "void"
