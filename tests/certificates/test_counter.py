"""The counter and the desk: handing over, once, on the right papers; voiding; prefixes (rules X2, X4, X6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from certificates import services
from certificates.enums import CertificateStatus, Collector
from certificates.models import Certificate, Handover, NumberSeries
from exams.models import Mark, Occupation
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.people.models import User
from tests.builders import a_candidate, a_user, act

from .conftest import signed_in
from .made import LATER, NUMBER, PREFIX, a_series, issued, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
PROXY: dict[str, Any] = {
    "collector": Collector.PROXY,
    "document_seen": True,
    "proxy_document_seen": True,
    "letter_seen": True,
}


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def page_of(certificate: Certificate) -> str:
    return f"/admin/certificates/certificate/{certificate.pk}/page/"


def test_it_is_handed_over_once(clerk: User) -> None:
    certificate, by = issued(), act(clerk, LATER)
    first = services.hand_over(certificate.pk, collector=Collector.SELF, document_seen=True, by=by)
    again = services.hand_over(certificate.pk, collector=Collector.SELF, document_seen=True, by=by)
    assert (again.pk, Handover.objects.count()) == (first.pk, 1)
    with refused("already_collected"):
        services.hand_over(certificate.pk, **PROXY, proxy_name="王五", by=by)


def test_it_stays_at_the_office_while_a_case_holds_a_mark_behind_it(clerk: User) -> None:
    certificate, by = issued(), act(clerk, LATER)
    marks, holder = Mark.objects.filter(seat__entry=certificate.entry), signed_in(certificate.candidate.user)
    marks.update(is_held=True)
    with refused("result_held"):
        services.hand_over(certificate.pk, collector=Collector.SELF, document_seen=True, by=by)
    assert "暂缓领取" in holder.get("/certificates/").content.decode()
    marks.update(is_held=False)
    services.hand_over(certificate.pk, collector=Collector.SELF, document_seen=True, by=by)
    assert "暂缓领取" not in holder.get("/certificates/").content.decode()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"document_seen": False}, "document_missing"),
        ({"letter_seen": False}, "proxy_papers_missing"),
        ({"proxy_document_seen": False}, "proxy_papers_missing"),
        ({"proxy_name": ""}, "proxy_name_missing"),
    ],
)
def test_a_proxy_needs_both_documents_and_a_letter(clerk: User, changed: dict[str, Any], code: str) -> None:
    certificate = issued()
    with refused(code):
        services.hand_over(certificate.pk, by=act(clerk, LATER), **({**PROXY, "proxy_name": "王五"} | changed))
    certificate.refresh_from_db()
    assert certificate.status == CertificateStatus.ISSUED


def test_what_waits_or_is_void_is_not_handed_over(clerk: User) -> None:
    (certificate,) = waiting()
    for _ in range(2):
        with refused("wrong_status"):
            services.hand_over(certificate.pk, collector=Collector.SELF, document_seen=True, by=act(clerk, LATER))
        services.void(certificate.pk, reason="测试", by=act(when=LATER))


def test_the_clerk_scans_and_hands_over(at_counter: Client) -> None:
    certificate = issued()
    found = at_counter.post("/admin/certificates/certificate/find/", {"number": NUMBER.lower()})
    assert found["Location"] == page_of(certificate)
    form = {"act": "hand-over", "collector": "self", "document_seen": "on"}
    assert at_counter.post(page_of(certificate), form)["Location"] == page_of(certificate)
    certificate.refresh_from_db()
    assert certificate.status == CertificateStatus.COLLECTED
    assert "登记后不能更改" not in at_counter.get(page_of(certificate)).content.decode()


def test_a_refusal_stays_on_the_page(at_counter: Client) -> None:
    certificate = issued()
    page = at_counter.post(page_of(certificate), {"act": "hand-over", "collector": "self"})
    assert "领取证书须出示本人证件" in page.content.decode()
    unknown = at_counter.post("/admin/certificates/certificate/find/", {"number": "S000099000000259999999"})
    assert "没有找到" in unknown.content.decode()


def ask_url(kind: str, certificate: Certificate) -> str:
    return f"/admin/approvals/proposal/ask/{kind}/{certificate.pk}/"


def approved_in(desk: Client) -> int:
    """The open proposal, approved on its page; the answer's status."""
    proposal = Proposal.objects.get(status="open")
    page = f"/admin/approvals/proposal/{proposal.pk}/page/"
    return desk.post(page, {"act": "approve", "seen": proposal.digest, "reason": ""}).status_code


def test_a_void_takes_two_supervisors(at_counter: Client, at_desk: Client) -> None:
    certificate = issued()
    door = ask_url("certificate_void", certificate)
    form = {"reason": "决定书 2025-1"}
    assert at_counter.post(door, form).status_code == 404
    assert door in at_desk.get(page_of(certificate)).content.decode()
    assert at_desk.post(door, form).status_code == 302
    assert (approved_in(at_desk), approved_in(at_counter)) == (403, 404)
    certificate.refresh_from_db()
    assert certificate.status == CertificateStatus.ISSUED
    assert approved_in(signed_in(a_user("supervisor"))) == 302
    certificate.refresh_from_db()
    assert (certificate.status, certificate.number) == (CertificateStatus.VOID, NUMBER)
    assert AuditEntry.objects.get(action="certificate.voided").reason == "决定书 2025-1"


def test_a_reprint_is_asked_for_and_approved_once(at_counter: Client, at_desk: Client) -> None:
    certificate = issued()
    door = ask_url("certificate_reprint", certificate)
    assert at_counter.post(door, {"reason": "遗失"}).status_code == 302
    assert "已有一份待审批" in at_counter.post(door, {"reason": "遗失"}).content.decode()
    assert approved_in(at_desk) == 302
    certificate.refresh_from_db()
    assert (certificate.prints, certificate.number) == (2, NUMBER)


def test_the_holder_asks_for_a_reprint_and_a_stranger_cannot(at_desk: Client) -> None:
    certificate = issued()
    door = f"/me/requests/ask/certificate_reprint/{certificate.pk}/"
    assert signed_in(a_candidate().user).post(door, {"reason": "遗失"}).status_code == 404
    holder = signed_in(certificate.candidate.user)
    assert door in holder.get("/certificates/").content.decode()
    assert holder.post(door, {"reason": "遗失"})["Location"] == "/me/requests/"
    assert approved_in(at_desk) == 302
    certificate.refresh_from_db()
    assert certificate.prints == 2
    assert "已批准" in holder.get("/me/requests/").content.decode()


def test_a_void_needs_a_reason() -> None:
    with refused("reason_missing"):
        services.void(issued().pk, reason="  ", by=act(when=LATER))


def test_a_prefix_is_entered_by_a_supervisor_only(at_counter: Client, at_desk: Client) -> None:
    form = {
        "occupation": Occupation.objects.get(code="data-annotation").pk,
        "prefix": PREFIX.lower(),
        "level_digit": "1",
        "source": "演示",
        "is_sample": "on",
    }
    assert at_counter.post("/admin/certificates/numberseries/add/", form).status_code == 403
    official = at_desk.post("/admin/certificates/numberseries/add/", {**form, "is_sample": ""})
    assert "省份代码应为 31" in official.content.decode()
    assert at_desk.post("/admin/certificates/numberseries/add/", form).status_code == 302
    assert NumberSeries.objects.get().prefix == PREFIX


def test_the_lists_open_for_those_who_may(at_counter: Client, at_desk: Client) -> None:
    issued()
    for name in ("certificate", "numberseries"):
        assert at_counter.get(f"/admin/certificates/{name}/").status_code == 200
        assert at_desk.get(f"/admin/certificates/{name}/").status_code == 200
    assert at_desk.get("/admin/certificates/numberuse/").status_code == 200
    assert signed_in(a_user("marker")).get("/admin/certificates/certificate/").status_code == 403


def test_the_list_numbers_what_waits(at_counter: Client) -> None:
    (certificate,) = waiting()
    a_series()
    form = {"action": "issue_waiting", "_selected_action": [certificate.pk]}
    at_counter.post("/admin/certificates/certificate/", form)
    certificate.refresh_from_db()
    assert certificate.status == CertificateStatus.ISSUED


def test_opening_the_file_at_the_office_is_recorded(at_counter: Client) -> None:
    at_counter.get(f"/certificates/{issued().pk}/paper/")
    assert AuditEntry.objects.filter(action="certificate.opened_file").count() == 1


def test_the_queues_count_what_waits(at_counter: Client, at_desk: Client) -> None:
    waiting("80", "70")
    assert "待编号证书" in at_desk.get("/admin/").content.decode()
    assert "待领取证书" in at_counter.get("/admin/").content.decode()
