"""A stranger holds a true, a void and a forged certificate; online, and with the page taken along, without network."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import BrowserContext, Page

from certificates import services
from certificates.models import Certificate, RegisterMapping
from certificates.services import offline, statements
from certificates.tasks import issue_due
from kupasi import clock
from kupasi.approvals.models import Proposal
from tests.builders import act
from tests.certificates.made import LATER, a_series, issued, waiting

from .conftest import DESK, SetClock
from .steps import sign_in, staff
from .walker import Walker

NAME = "张三丰"
pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("opened")]


def forged(token: str) -> str:
    """The same words under somebody else's key."""
    payload = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:-64]
    signature = Ed25519PrivateKey.generate().sign(b"kupasi\x00certificate\x00" + payload)
    return base64.urlsafe_b64encode(payload + signature).decode().rstrip("=")


@pytest.fixture
def certificate(opened: SetClock) -> Certificate:
    opened("2025-08-02T09:00")
    return issued(name=NAME)


def check(page: Page, code: str, name: str = "") -> str:
    """What the offline page answers."""
    page.get_by_label("二维码内容").fill(code)
    page.get_by_label("持证人姓名").fill(name)
    page.get_by_role("button", name="核验").click()
    return page.locator("#offline-answer").inner_text()


def test_a_stranger_asks_online(certificate: Certificate, phone: Callable[[], Walker]) -> None:
    walker = phone()
    path = f"/certificates/verify/{certificate.statement}/"
    walker.go(path)
    walker.sees("该证书有效", "张**", "与纸质证书逐项对照")
    walker.go(f"/certificates/verify/{forged(certificate.statement)}/")
    walker.sees("无法确认", "不是本机构签发")
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    walker.go(path)
    walker.sees("该证书已作废", "2025 年 8 月 1 日")


def test_a_stranger_asks_nobody(
    certificate: Certificate, contexts: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    before = offline.page(at=clock.now())
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    for name, html in (("before", before), ("after", offline.page(at=clock.now()))):
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
    context = contexts(**DESK)
    context.set_offline(True)
    page = context.new_page()
    page.goto((tmp_path / "before.html").as_uri())
    address = statements.scan_address(certificate.statement)
    assert "签名" in check(page, address, "张 三丰")
    assert "与二维码一致" in check(page, address, "张三丰")
    assert "无法确认" in check(page, address, "李四")
    assert "不是本机构签发" in check(page, forged(certificate.statement))
    assert "名单" in page.locator("#offline-list").inner_text()
    page.goto((tmp_path / "after.html").as_uri())
    assert "已作废" in check(page, address)


def test_the_served_page_answers_as_the_file_does(certificate: Certificate, desk: Callable[[], Walker]) -> None:
    walker = desk()
    walker.go("/certificates/verify/offline/")
    walker.sees("名单上有 0 张证书")
    assert "与二维码一致" in check(walker.page, certificate.statement, NAME)


def test_the_page_reckons_as_the_house_does(certificate: Certificate, desk: Callable[[], Walker]) -> None:
    walker = desk()
    walker.go("/certificates/verify/offline/")
    ask = "([s, m, k]) => window.kupasiSignatures.verify(Uint8Array.from(s), Uint8Array.from(m), Uint8Array.from(k))"
    answers = []
    for length in range(12):
        key, message = Ed25519PrivateKey.generate(), secrets.token_bytes(length * 23)
        signature, public = key.sign(message), key.public_key().public_bytes_raw()
        changed = bytes([signature[0] ^ 1]) + signature[1:]
        answers += [walker.page.evaluate(ask, [list(one), list(message), list(public)]) for one in (signature, changed)]
    assert answers == [True, False] * 12


def test_one_lists_another_approves_and_the_holder_takes_the_credential(
    opened: SetClock, desk: Callable[[], Walker], phone: Callable[[], Walker]
) -> None:
    opened("2025-08-02T09:00")
    (certificate,) = waiting(name=NAME)
    Certificate.objects.update(approved_facts="", batch=None)
    a_series()
    publisher, supervisor = (staff(role) for role in ("publisher", "supervisor"))
    asking = sign_in(desk(), publisher)
    asking.go("/admin/certificates/issuebatch/prepare/")
    asking.press("2025年07月")
    asking.sees("列入：1 人", "不列入：0 人")
    asking.write("说明", "名单已与成绩公布表核对")
    asking.press("提请批准")
    proposal = Proposal.objects.latest("pk")
    approving = sign_in(desk(), supervisor)
    approving.go(f"/admin/approvals/proposal/{proposal.pk}/page/")
    approving.sees("列入发证", "1 人")
    approving.press("批准")
    issue_due()
    certificate.refresh_from_db()
    assert certificate.status == "issued"
    assert certificate.candidate.user is not None
    holder = sign_in(phone(), certificate.candidate.user)
    holder.go("/certificates/")
    holder.sees(str(certificate.number), "下载电子凭证")
    assert holder.download(f"/certificates/{certificate.pk}/credential/").json()["type"][0] == "VerifiableCredential"


def test_the_offices_pages_are_readable(
    certificate: Certificate, desk: Callable[[], Walker], phone: Callable[[], Walker]
) -> None:
    mapping = RegisterMapping.objects.create(name="平台", content="certificates", columns=[["编号", "number", {}]])
    for open_browser in (desk, phone):
        walker = sign_in(open_browser(), staff("clerk"))
        walker.go(f"/admin/certificates/registermapping/{mapping.pk}/desk/")
        walker.sees("待更正：0", "并不掌握")
        walker.go("/admin/certificates/stocktake/count/")
        walker.write("扫描的证书", f"{certificate.number}\nhello")
        walker.press("完成盘点")
        walker.sees("应有 1 张，实有 1 张", "登记簿中没有")
