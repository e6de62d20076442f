"""Registers outside: approved by two, sent with a receipt, corrected compared (rules M7, S6)."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from certificates import services
from certificates.models import Certificate, RegisterExport, RegisterLine, RegisterMapping
from certificates.services import registers
from exams.models import Mark
from kupasi import clock
from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.people.models import User
from tests.builders import a_user, act

from .conftest import signed_in
from .made import ISSUED, LATER, NUMBER, a_series, issued, waiting
from .test_issue import refused

NAME = "张三丰"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture(autouse=True)
def demo(settings: Any) -> None:
    """Samples go to no register but in a demonstration."""
    settings.DEMO = True


def a_mapping(content: str = "certificates") -> RegisterMapping:
    columns = {
        "certificates": [["证书编号", "number", {}], ["姓名", "name", {}], ["证件号码", "document_number", {}],
                         ["状态", "status", {"valid": "1", "void": "0"}]],
        "results": [["准考证号", "ticket", {}], ["科目", "subject", {}], ["成绩", "value", {}]],
    }  # fmt: skip
    return RegisterMapping.objects.create(name="测试平台", content=content, columns=columns[content])


def drawn_up(mapping: RegisterMapping, clerk: User, when: str = LATER) -> RegisterExport:
    """Drawn up by a clerk, approved by a supervisor and an auditor."""
    export, proposal = registers.propose(mapping.pk, reason="月度报送", by=act(clerk, when))
    for role in ("supervisor", "auditor"):
        approvals.approve(proposal.pk, seen=proposal.digest, by=act(a_user(role), when))
    return export


def sent(mapping: RegisterMapping, clerk: User, when: str = LATER) -> RegisterExport:
    export = drawn_up(mapping, clerk, when)
    return registers.send(export.pk, receipt="受理 001", by=act(clerk, when))


def cells(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def a_file(*rows: list[str]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def test_a_file_holds_whole_numbers_as_text_with_the_registers_own_codes(clerk: User) -> None:
    certificate = issued(name=NAME)
    export = drawn_up(a_mapping(), clerk)
    found = cells(registers.download(export.pk, by=act(clerk, LATER)))
    number = certificate.document.number
    assert found == [["证书编号", "姓名", "证件号码", "状态"], [NUMBER, NAME, number, "1"]]


def test_nobody_downloads_without_two_approvals_or_anothers_file_or_too_late(clerk: User) -> None:
    issued(name=NAME)
    export, proposal = registers.propose(a_mapping().pk, reason="月度报送", by=act(clerk, LATER))
    with refused("not_approved"):
        registers.download(export.pk, by=act(clerk, LATER))
    approvals.approve(proposal.pk, seen=proposal.digest, by=act(a_user("supervisor"), LATER))
    with refused("not_approved"):
        registers.download(export.pk, by=act(clerk, LATER))
    approvals.approve(proposal.pk, seen=proposal.digest, by=act(a_user("auditor"), LATER))
    for by, code in ((act(a_user("clerk"), LATER), "not_yours"), (act(clerk, "2025-08-03T09:00"), "export_expired")):
        with refused(code):
            registers.download(export.pk, by=by)


def test_what_changed_after_the_approval_is_not_downloaded(clerk: User) -> None:
    certificate = issued(name=NAME)
    export = drawn_up(a_mapping(), clerk)
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    with refused("list_changed"):
        registers.download(export.pk, by=act(clerk, LATER))


def test_only_what_is_new_is_sent_again_and_samples_go_nowhere(clerk: User, settings: Any) -> None:
    first, second = waiting("80", "70")
    a_series()
    services.issue(first.pk, by=act(when=ISSUED))
    mapping = a_mapping()
    sent(mapping, clerk)
    with refused("nothing_to_send"):
        registers.propose(mapping.pk, reason="再报", by=act(clerk, LATER))
    services.issue(second.pk, by=act(when=ISSUED))
    assert [one.certificate_id for one in sent(mapping, clerk).lines.all()] == [second.pk]
    settings.DEMO = False
    with refused("nothing_to_send"):
        registers.propose(mapping.pk, reason="再报", by=act(clerk, LATER))


def test_a_void_after_the_sending_becomes_a_task_until_it_is_told(clerk: User) -> None:
    certificate = issued(name=NAME)
    mapping = a_mapping()
    sent(mapping, clerk)
    assert not RegisterLine.objects.to_correct().exists()
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    (line,) = RegisterLine.objects.to_correct()
    again = sent(mapping, clerk)
    assert [one.certificate_id for one in again.lines.all()] == [certificate.pk]
    assert not RegisterLine.objects.to_correct().exists()
    line.refresh_from_db()
    assert line.stands is False


def test_a_correction_by_hand_needs_a_receipt(clerk: User) -> None:
    certificate = issued(name=NAME)
    sent(a_mapping(), clerk)
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    line = RegisterLine.objects.get()
    with refused("receipt_missing"):
        registers.correct(line.pk, receipt=" ", by=act(clerk, LATER))
    registers.correct(line.pk, receipt="电话更正 07", by=act(clerk, LATER))
    assert not RegisterLine.objects.to_correct().exists()


def test_a_changed_mark_becomes_a_task(clerk: User) -> None:
    issued(name=NAME)
    export = sent(a_mapping("results"), clerk)
    assert export.lines.count() == 2
    mark = Mark.objects.order_by("pk")[0]
    Mark.objects.filter(pk=mark.pk).update(value="61.5")
    assert [one.mark_id for one in RegisterLine.objects.to_correct()] == [mark.pk]


def test_a_registers_own_file_is_compared_and_names_stay_masked(clerk: User) -> None:
    certificate = issued(name=NAME)
    mapping = a_mapping()
    sent(mapping, clerk)
    head, other = ["证书编号", "姓名", "状态"], "Y000031000001251000009"
    right = a_file(head, [NUMBER, NAME, "1"])
    assert registers.compare(mapping, right, by=act(clerk, LATER)) == []
    wrong = registers.compare(mapping, a_file(head, [NUMBER, "张三峰", "0"], [other, "李四", "1"]), by=act(clerk))
    assert [(one.key, one.column, one.ours, one.theirs) for one in wrong] == [
        (NUMBER, "姓名", "张**", "张**"),
        (NUMBER, "状态", "1", "0"),
        (other, "整行", "没有报送过", "有"),
    ]
    missing = registers.compare(mapping, a_file(head, ["", "", ""]), by=act(clerk))
    assert [(one.key, one.theirs) for one in missing] == [(certificate.number, "没有")]


@pytest.mark.parametrize(("content", "code"), [(b"\xff\xff\xfe", "file_unreadable"), (b"a,b\n", "columns_missing")])
def test_another_file_is_not_compared(clerk: User, content: bytes, code: str) -> None:
    with refused(code):
        registers.compare(a_mapping(), content, by=act(clerk))


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ([], "no_columns"),
        ([["a", "marks", {}]], "unknown_source"),
        ([["a", "name", {}], ["a", "number", {}]], "title_twice"),
    ],
)
def test_columns_that_cannot_be_filled_are_refused(columns: list[Any], code: str) -> None:
    with refused(code):
        registers.check_columns("certificates", columns)


def test_the_pages_write_a_mapping_send_and_compare(clerk: User) -> None:
    issued(name=NAME)
    desk = signed_in(clerk)
    lines = "证号 | number\n状态 | status | valid=1, void=0"
    form = {"name": "某平台", "content": "certificates", "is_active": "on", "lines": lines}
    desk.post("/admin/certificates/registermapping/add/", form)
    mapping = RegisterMapping.objects.get(name="某平台")
    assert mapping.columns == [["证号", "number", {}], ["状态", "status", {"valid": "1", "void": "0"}]]
    path = f"/admin/certificates/registermapping/{mapping.pk}/desk/"
    assert "并不掌握" in desk.get(path).content.decode()
    page = desk.post(path, {"act": "make", "reason": "月度报送"})["Location"]
    assert "待批准" in desk.get(page).content.decode()
    export = RegisterExport.objects.get()
    for role in ("supervisor", "auditor"):
        proposal = Proposal.objects.get(kind="register_export", about_id=str(export.pk))
        approvals.approve(proposal.pk, seen=proposal.digest, by=Act(a_user(role), clock.now()))
    assert desk.post(page, {"act": "download"}).content.startswith(b"PK")
    desk.post(page, {"act": "send", "receipt": "受理 9"})
    file = io.BytesIO(a_file(["证号", "状态"], [NUMBER, "0"]))
    file.name = "theirs.xlsx"
    assert "1 处不同" in desk.post(path, {"act": "compare", "file": file}).content.decode()


def test_readers_read_and_others_find_nothing(clerk: User) -> None:
    mapping = a_mapping()
    path = f"/admin/certificates/registermapping/{mapping.pk}/desk/"
    for role, status in (("supervisor", 200), ("auditor", 200), ("publisher", 404)):
        assert signed_in(a_user(role)).get(path).status_code == status
    assert signed_in(a_user("supervisor")).post(path, {"act": "make", "reason": "x"}).status_code == 403
    assert Certificate.objects.count() == 0
