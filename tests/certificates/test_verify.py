"""What strangers learn: valid, void, or nothing at all (rules X5, X6)."""

from __future__ import annotations

import base64
import json
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from certificates import services
from certificates.models import Certificate
from certificates.services import statements
from certificates.services.handovers import number_of
from kupasi import signing
from tests.builders import a_candidate, a_user, act

from .conftest import signed_in
from .made import LATER, NUMBER, issued, waiting

NAME = "张三丰"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def ask(client: Client, number: str, name: str) -> Any:
    """The answer of the API."""
    return client.get("/api/v1/certificates/verify/", {"number": number, "name": name})


def body_of(client: Client, number: str, name: str) -> str:
    """The page's answer, without what differs at every call."""
    html = client.post("/certificates/verify/", {"number": number, "name": name}).content.decode()
    return re.sub(r'value="[^"]*"|\d{4}-\d\d-\d\d \d\d:\d\d', "", html)


def test_a_valid_certificate_tells_only_what_it_may(client: Client) -> None:
    certificate = issued(name=NAME)
    answer = ask(client, NUMBER, NAME).json()
    assert answer == {
        "status": "valid",
        "message": "该证书有效。",
        "name": "张**",
        "occupation": "人工智能数据标注",
        "level": "专项职业能力",
        "title": "职业技能等级证书",
        "issued_on": "2025-07-21",
        "is_sample": True,
    }
    page = body_of(client, NUMBER, NAME)
    assert "该证书有效" in page
    assert "张**" in page
    assert certificate.document.number not in page
    assert NAME not in page


def test_small_letters_spaces_and_look_alike_dots_are_understood(client: Client) -> None:
    issued(name="阿依·努尔")
    assert ask(client, f" {NUMBER.lower()} ", "阿依•努尔").json()["status"] == "valid"
    full_width = "".join(chr(ord(one) + 0xFEE0) for one in NUMBER)
    for typed in (full_width, " ".join((NUMBER[:4], NUMBER[4:13], NUMBER[13:]))):
        assert ask(client, typed, "阿依·努尔").json()["status"] == "valid"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("S000099000000251000002", NAME),
        (NUMBER, "李四"),
        ("hello", NAME),
        ("", ""),
        (NUMBER, ""),
        ("S" * 5000, NAME),
        (NUMBER + "'--", NAME),
        ("Ｓ000099000000251000002", NAME),
    ],
)
def test_every_wrong_pair_gets_the_same_answer(client: Client, number: str, name: str) -> None:
    issued(name=NAME)
    unknown = ask(client, "S000099000000259999999", "无此人")
    given = ask(client, number, name)
    assert (given.status_code, given.content) == (200, unknown.content)
    assert set(given.json()) == {"status", "message"}


def test_the_page_answers_wrong_pairs_alike(client: Client) -> None:
    issued(name=NAME)
    unknown = body_of(client, "S000099000000259999999", NAME)
    assert body_of(client, NUMBER, "李四") == unknown
    assert body_of(client, "hello", NAME) == unknown


def test_right_and_wrong_questions_cost_the_same_queries(client: Client, django_assert_num_queries: Any) -> None:
    issued(name=NAME)
    for number, name in ((NUMBER, NAME), (NUMBER, "李四"), ("S000099000000259999999", NAME), ("hello", NAME)):
        with django_assert_num_queries(1):
            services.by_name(number, name)


def test_a_void_is_seen_at_once_without_its_reason(client: Client) -> None:
    certificate = issued(name=NAME)
    services.void(certificate.pk, reason="替考查实", by=act(when=LATER))
    answer = ask(client, NUMBER, NAME)
    assert (answer.json()["status"], answer.json()["voided_on"]) == ("void", "2025-08-01")
    page = client.get(f"/certificates/verify/{certificate.statement}/")
    assert "已作废" in page.content.decode()
    assert "替考" not in answer.content.decode() + page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_one_who_waits_cannot_be_confirmed(client: Client) -> None:
    waiting(name=NAME)
    assert ask(client, NUMBER, NAME).json()["status"] == "unknown"


def test_a_scan_confirms_and_holds_nothing_personal(client: Client) -> None:
    certificate = issued(name=NAME)
    payload = signing.verify(statements.PURPOSE, certificate.statement)
    assert set(json.loads(payload)) == {"v", "n", "o", "d", "s", "h", "t"}
    assert NAME.encode() not in payload
    assert certificate.document.number.encode() not in payload
    assert "该证书有效" in client.get(f"/certificates/verify/{certificate.statement}/").content.decode()


def test_a_forged_code_is_never_accepted() -> None:
    token = issued(name=NAME).statement
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    draw = random.Random(7)
    accepted = 0
    for _ in range(500):
        bit = draw.randrange(len(raw) * 8)
        raw[bit // 8] ^= 1 << bit % 8
        forged = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        accepted += services.by_token(forged).status != "unknown"
        raw[bit // 8] ^= 1 << bit % 8
    assert accepted == 0


def test_a_ticket_signature_or_another_spelling_is_no_certificate() -> None:
    token = issued(name=NAME).statement
    payload = signing.verify(statements.PURPOSE, token)
    assert services.by_token(signing.sign("ticket", payload)).status == "unknown"
    assert services.by_token(token + "==").status == "unknown"
    assert services.by_token("x" * 5000).status == "unknown"


def test_anybody_can_check_offline(client: Client) -> None:
    first, second = waiting("80", "70", name=NAME)
    for one in (first, second):
        issue(one.pk)
    services.void(second.pk, reason="测试", by=act(when=LATER))
    key = client.get("/certificates/keys.json").json()["keys"][0]["x"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key + "="))
    listed = client.get("/certificates/status.json").json()
    hashes = []
    for token in (*Certificate.objects.order_by("pk").values_list("statement", flat=True), listed["token"]):
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        purpose = b"certificate-status" if token == listed["token"] else b"certificate"
        public.verify(raw[-64:], b"kupasi\x00" + purpose + b"\x00" + raw[:-64])
        hashes.append(statements.payload_hash(token))
    assert listed["void"] == [hashes[1]]
    assert json.loads(raw[:-64]) == {name: listed[name] for name in ("v", "at", "void")}


def issue(pk: int) -> None:
    """With the sample prefix in place."""
    from .made import ISSUED, a_series

    a_series()
    services.issue(pk, by=act(when=ISSUED))


def test_asking_too_often_is_stopped_on_both_doors_together(client: Client) -> None:
    for _ in range(30):
        ask(client, "hello", NAME)
    guess = {"number": "hello", "name": NAME}
    pages = (client.post("/certificates/verify/", guess) for _ in range(60))  # thirty are enough within the minute
    page = next(page for page in pages if page.status_code == 429)
    assert page["Retry-After"] == "60"
    assert ask(client, "hello", NAME).status_code == 429
    assert client.get("/certificates/verify/").status_code == 200


def test_one_sees_and_opens_only_ones_own() -> None:
    certificate = issued(name=NAME)
    owner, other = certificate.candidate.user, a_candidate().user
    assert owner is not None
    assert other is not None
    path = f"/certificates/{certificate.pk}/paper/"
    mine = signed_in(owner).get("/certificates/").content.decode()
    assert NUMBER in mine
    assert "龙台路" in mine
    assert b"".join(signed_in(owner).get(path).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert signed_in(other).get(path).status_code == 404
    assert NUMBER not in signed_in(other).get("/certificates/").content.decode()


def test_a_paper_before_its_time_and_a_void_one_are_not_found() -> None:
    (certificate,) = waiting()
    owner = certificate.candidate.user
    assert owner is not None
    path = f"/certificates/{certificate.pk}/paper/"
    assert signed_in(owner).get(path).status_code == 404
    issue(certificate.pk)
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    assert signed_in(owner).get(path).status_code == 404
    assert signed_in(owner).get("/certificates/").status_code == 200


def test_the_api_shows_ones_own_rows(client: Client) -> None:
    certificate = issued(name=NAME)
    owner, other, clerk = certificate.candidate.user, a_candidate().user, a_user("clerk")
    assert owner is not None
    assert other is not None
    path = f"/api/v1/certificates/{certificate.pk}/"
    assert signed_in(owner).get(path).json()["name"] == NAME
    assert signed_in(clerk).get(path).json()["name"] == "张**"
    assert signed_in(other).get(path).status_code == 404
    assert signed_in(other).get("/api/v1/certificates/").json()["count"] == 0
    assert client.get("/api/v1/certificates/").status_code == 401


def test_a_scanner_may_type_the_number_or_the_address() -> None:
    certificate = issued(name=NAME)
    address = statements.scan_address(certificate.statement)
    assert [number_of(text) for text in (NUMBER.lower(), f" {address}\n", "x")] == [NUMBER, NUMBER, ""]


def test_a_code_that_this_house_did_not_sign_is_said_to_be_that(client: Client) -> None:
    token = issued(name=NAME).statement
    forged = client.get(f"/certificates/verify/{token[:-4]}AAAA/").content.decode()
    unsigned = client.get("/certificates/verify/hello/").content.decode()
    for page in (forged, unsigned):
        assert "不是本机构签发" in page
        assert NUMBER not in page


def test_the_facsimile_shows_what_the_paper_shows_but_nothing_private(client: Client) -> None:
    certificate = issued(name=NAME)
    page = client.get(f"/certificates/verify/{certificate.statement}/").content.decode()
    for words in (NUMBER, "张**", "人工智能数据标注", "专项职业能力", "2025 年 7 月 21 日", "上海库帕思科技有限公司"):
        assert words in page
    assert certificate.document.number not in page
    assert NAME not in page
    assert "<img" not in page.partition("k-facsimile")[2].partition("</section>")[0]


def test_the_list_is_signed_once_until_a_void_changes_it(client: Client) -> None:
    certificate = issued(name=NAME)
    first = statements.status_list(at=act(when=LATER).at)
    assert statements.status_list(at=act(when=LATER).at + timedelta(seconds=50)) == first
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    second = statements.status_list(at=act(when=LATER).at + timedelta(seconds=60))
    assert second["void"] == [statements.payload_hash(certificate.statement)]
    assert client.get("/certificates/status.json")["Cache-Control"] == "public, max-age=60"


def test_an_old_list_would_call_a_void_certificate_valid() -> None:
    certificate = issued(name=NAME)
    old = statements.status_list(at=act(when=LATER).at)
    services.void(certificate.pk, reason="测试", by=act(when=LATER))
    assert statements.payload_hash(certificate.statement) not in old["void"]


def test_the_page_to_take_along_needs_nothing_from_outside(client: Client) -> None:
    issued(name=NAME)
    answer = client.get("/certificates/verify/offline/file/")
    page = answer.content.decode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', page) == []
    trust = json.loads(re.findall(r'<script id="trust" type="application/json">(.*?)</script>', page)[0])
    assert trust["list"] == client.get("/certificates/status.json").json()["token"]
    assert NAME not in page
