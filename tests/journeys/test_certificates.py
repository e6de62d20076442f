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
from certificates.models import Certificate
from certificates.services import offline, statements
from kupasi import clock
from tests.builders import act
from tests.certificates.made import LATER, issued

from .conftest import DESK, SetClock
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
