"""The public rules over HTTP: the contract's answers, and definite refusals for everything else."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from exams.enums import PlanStatus
from exams.models import Fee, Occupation, Plan, SpecialDay, Subject, WorkdayYear
from exams.services import settings as office
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]

PROBLEM = "application/problem+json"


def get(client: Client, name: str, **query: str) -> Any:
    """The answer to a question in the address."""
    return client.get(f"/api/v1/rules/{name}/", query)


def post(client: Client, name: str, body: Any) -> Any:
    """The answer to a question in the body."""
    return client.post(f"/api/v1/rules/{name}/", body, content_type="application/json")


def refused_at(response: Any, field: str) -> bool:
    """Whether this is a 400 problem that names the field."""
    problem = response.json()
    listed = {one["field"] for one in problem["errors"]}
    return response.status_code == 400 and response["Content-Type"] == PROBLEM and field in listed


MAY = {"opens_on": "2025-05-16", "closes_on": "2025-06-15", "exam_month": "2025-07"}
JUNE = {"opens_on": "2025-06-16", "closes_on": "2025-07-15", "exam_month": "2025-08"}


@pytest.mark.parametrize(
    ("on", "window", "following"),
    [
        ("2025-05-20", MAY, JUNE),
        ("2025-06-15", MAY, JUNE),
        ("2025-05-16", MAY, JUNE),
        ("2025-12-31", {"opens_on": "2025-11-16", "closes_on": "2025-12-31", "exam_month": "2026-01"}, None),
        ("2024-12-31", None, {"opens_on": "2025-01-01", "closes_on": "2025-02-15", "exam_month": "2025-03"}),
        ("2026-01-01", None, None),
    ],
)
def test_the_window_of_a_day_and_the_next_one(client: Client, on: str, window: Any, following: Any) -> None:
    assert get(client, "window", on=on).json() == {"on": on, "window": window, "next_window": following}


def test_a_draft_plan_opens_nothing(client: Client) -> None:
    Plan.objects.update(status=PlanStatus.DRAFT)
    assert get(client, "window", on="2025-05-20").json()["window"] is None


@pytest.mark.parametrize(
    ("last", "marking", "ticket", "due", "provisional"),
    [
        ("2025-03-15", "false", "2025-03-12", "2025-04-14", False),
        ("2025-03-15", "true", "2025-03-12", "2025-04-27", False),
        ("2025-04-26", "false", "2025-04-23", "2025-05-27", False),
        ("2025-04-26", "true", "2025-04-23", "2025-06-11", False),
        ("2025-09-28", "false", "2025-09-25", "2025-10-31", False),
        ("2025-09-28", "true", "2025-09-25", "2025-11-14", False),
        ("2025-12-20", "false", "2025-12-17", "2026-01-19", False),
        ("2025-12-20", "True", "2025-12-17", "2026-02-02", False),
        ("2026-01-17", "0", "2026-01-14", "2026-02-13", False),
        ("2026-01-17", "1", "2026-01-14", "2026-03-05", False),
        ("2026-12-20", "false", "2026-12-17", "2027-01-18", True),
    ],
)
def test_ticket_day_and_results_day(
    client: Client, last: str, marking: str, ticket: str, due: str, provisional: bool
) -> None:
    answer = get(client, "deadlines", last_exam_on=last, marking=marking).json()
    assert answer == {"ticket_on": ticket, "results_due_on": due, "provisional": provisional}


def test_a_year_that_becomes_known_is_no_longer_provisional(client: Client) -> None:
    known = WorkdayYear.objects.create(year=2027, document_no="样例")
    SpecialDay.objects.create(year=known, day=date(2027, 1, 1), kind="off")
    assert get(client, "deadlines", last_exam_on="2026-12-20").json()["provisional"] is False


def test_the_offices_own_figures_count(client: Client) -> None:
    office.change("result_working_days", 10, by=builders.act(), reason="试")
    assert get(client, "deadlines", last_exam_on="2025-03-15").json()["results_due_on"] == "2025-03-28"


@pytest.mark.parametrize(
    ("birth", "on", "allowed", "codes", "first"),
    [
        ("2009-05-20", "2025-05-20", True, [], None),
        ("2009-05-21", "2025-05-20", False, ["too_young"], "2025-05-21"),
        ("2008-02-29", "2024-02-29", True, [], None),
        ("2008-02-29", "2024-02-28", False, ["too_young"], "2024-02-29"),
        ("1960-01-01", "2026-01-02", True, [], None),
        ("2030-01-01", "2025-05-20", False, ["too_young"], "2046-01-01"),
    ],
)
def test_age_alone_is_judged_whatever_window_is_open(
    client: Client, birth: str, on: str, allowed: bool, codes: list[str], first: str | None
) -> None:
    asked = {"occupation": "data-annotation", "birth_date": birth, "on": on}
    answer = post(client, "eligibility", asked).json()
    assert (answer["allowed"], answer["eligible_from"]) == (allowed, first)
    assert [one["code"] for one in answer["refusals"]] == codes
    assert all(one["clause"] == "通知 二(一)" for one in answer["refusals"])


def test_the_fee_is_listed_by_subject(client: Client) -> None:
    answer = get(client, "fee", occupation="model-application", subjects="theory,practical", on="2025-05-20").json()
    items = [{"subject": "theory", "amount": "95.00"}, {"subject": "practical", "amount": "385.00"}]
    assert answer == {"items": items, "total": "480.00"}


def test_the_fee_follows_the_day(client: Client) -> None:
    subject = Subject.objects.get(occupation__code="data-annotation", code="theory")
    subject.fees.update(effective_until=date(2025, 6, 30))
    Fee.objects.create(subject=subject, amount=Decimal("100"), effective_from=date(2025, 7, 1))
    asked = {"occupation": "data-annotation", "subjects": "theory"}
    assert get(client, "fee", on="2025-06-30", **asked).json()["total"] == "95.00"
    assert get(client, "fee", on="2025-07-01", **asked).json()["total"] == "100.00"


@pytest.mark.parametrize(("subjects", "on", "code"), [
    ("theory,theory", "2025-05-20", "subject_repeated"),
    ("theory", "2024-12-31", "no_fee"),
])  # fmt: skip
def test_a_fee_that_cannot_be_told_is_refused(client: Client, subjects: str, on: str, code: str) -> None:
    response = get(client, "fee", occupation="data-annotation", subjects=subjects, on=on)
    assert (response.status_code, response["Content-Type"], response.json()["code"]) == (400, PROBLEM, code)
    assert response.json()["clause"] == "通知 二(四)"


@pytest.mark.parametrize(
    ("marks", "passed", "applied", "subjects", "fee", "codes"),
    [
        (("82.0", "55.0"), "2025-07-12", "2027-07-12", ["practical"], "385.00", []),
        (("82.0", "55.0"), "2025-07-12", "2027-07-13", [], None, ["retake_expired"]),
        (("59.9", "60.0"), "2025-07-12", "2025-09-01", ["theory"], "95.00", []),
        (("82.0", "absent"), "2024-02-29", "2026-02-28", ["practical"], "385.00", []),
        (("82.0", "absent"), "2024-02-29", "2026-03-01", [], None, ["retake_expired"]),
        (("cancelled", 82), "2025-07-12", "2025-09-01", ["theory"], "95.00", []),
        (("absent", "0"), None, "2025-09-01", [], None, ["retake_none_passed"]),
        (("60", "60"), "2025-07-12", "2025-09-01", [], None, ["retake_nothing_failed"]),
    ],
)
def test_retakes(
    client: Client, marks: Any, passed: Any, applied: str, subjects: list[str], fee: str | None, codes: list[str]
) -> None:
    named = dict(zip(("theory", "practical"), marks, strict=True))
    asked = {"marks": named, "passed_on": passed, "applied_on": applied, "source": "regular"}
    answer = post(client, "retake", asked).json()
    assert (answer["allowed"], answer["subjects"], answer["fee"]) == (not codes, subjects, fee)
    assert [one["code"] for one in answer["refusals"]] == codes


def test_a_retake_says_until_when(client: Client) -> None:
    asked = {"marks": {"theory": "82.0", "practical": "55.0"}, "passed_on": "2024-02-29", "applied_on": "2025-09-01"}
    assert post(client, "retake", asked).json()["valid_until"] == "2026-02-28"


def test_competition_entrants_cannot_retake(client: Client) -> None:
    asked = {"marks": {"theory": "82.0", "practical": "55.0"}, "passed_on": "2025-07-12", "applied_on": "2025-09-01"}
    answer = post(client, "retake", {**asked, "source": "competition"}).json()
    assert [one["code"] for one in answer["refusals"]] == ["retake_competition"]


def test_the_pass_mark_is_data(client: Client) -> None:
    Subject.objects.filter(code="practical").update(pass_mark=Decimal("50"))
    asked = {"marks": {"theory": "82.0", "practical": "55.0"}, "passed_on": "2025-07-12", "applied_on": "2025-09-01"}
    assert post(client, "retake", asked).json()["refusals"][0]["code"] == "retake_nothing_failed"


def sanctioned(client: Client, clause: str, **facts: Any) -> Any:
    """The answer about a clause."""
    day = {"act_on": "2025-07-12", "act_is_exam_day": True, "decided_on": "2025-08-01"}
    return post(client, "sanction", {"clause": clause, **day, "severity": None, "reminder": False, **facts}).json()


@pytest.mark.parametrize(
    ("clause", "facts", "marks", "bar", "refundable"),
    [
        ("一", {}, "sitting", (None, None), False),
        ("二1", {"reminder": True}, "subject", (None, None), True),
        ("二4", {}, "subject", (None, None), True),
        ("三2", {}, "sitting", ("2025-07-12", "2025-12-31"), True),
        ("四2", {"severity": "lesser"}, "sitting", ("2025-07-12", "2027-07-12"), True),
        ("四2", {"severity": "serious"}, "sitting", ("2025-07-12", "2030-07-12"), True),
        ("四1", {"severity": "lesser", "act_is_exam_day": False}, "sitting", ("2025-08-01", "2027-08-01"), False),
    ],
)
def test_sanctions(client: Client, clause: str, facts: Any, marks: str, bar: Any, refundable: bool) -> None:
    answer = sanctioned(client, clause, **facts)
    assert (answer["allowed"], answer["refusals"], answer["marks"]) == (True, [], marks)
    assert (answer["barred_from"], answer["barred_until"]) == bar
    assert (answer["refund_grantable"], answer["certificate_void"]) == (refundable, True)


@pytest.mark.parametrize(
    ("clause", "code"),
    [("九9", "unknown_clause"), ("二2", "reminder_missing"), ("四5", "severity_missing"), ("", "unknown_clause")],
)
def test_a_clause_that_cannot_be_applied(client: Client, clause: str, code: str) -> None:
    answer = sanctioned(client, clause)
    assert (answer["allowed"], [one["code"] for one in answer["refusals"]]) == (False, [code])
    assert (answer["barred_from"], answer["certificate_void"]) == (None, False)


def test_a_good_number_tells_birth_date_and_sex(client: Client) -> None:
    number = builders.resident_id(date(1990, 3, 7), seq=12).replace("X", "x")
    answer = post(client, "document", {"kind": "resident_id", "number": number}).json()
    told = {"valid": True, "normalized": number.upper(), "birth_date": "1990-03-07", "sex": "female", "errors": []}
    assert answer == told


@pytest.mark.parametrize(
    ("kind", "number", "more", "code"),
    [
        ("resident_id", "310104900307123", {}, "old_number"),
        ("resident_id", "31010419900307", {}, "bad_length"),
        ("resident_id", "", {}, "bad_length"),
        ("resident_id", "31010419900307A121", {}, "bad_character"),
        ("resident_id", "310104199013071212", {}, "bad_birth_date"),
        ("resident_id", builders.resident_id(seq=12), {"birth_date": "1990-03-08"}, "birth_date_mismatch"),
        ("resident_id", builders.resident_id(seq=12), {"sex": "male"}, "sex_mismatch"),
        ("military", "12345", {}, "unknown_kind"),
    ],
)
def test_what_is_wrong_with_a_number_is_named(client: Client, kind: str, number: str, more: Any, code: str) -> None:
    answer = post(client, "document", {"kind": kind, "number": number, **more})
    assert answer.status_code == 200
    assert answer.json()["valid"] is False
    assert code in [one["code"] for one in answer.json()["errors"]]


def test_a_passport_holds_neither_birth_date_nor_sex(client: Client) -> None:
    answer = post(client, "document", {"kind": "passport", "number": "e 1234567"}).json()
    assert answer == {"valid": True, "normalized": "E1234567", "errors": []}


DAYS = ["", "2025-02-30", "20250520", "2025-5-2", "2025-05-20T00:00", "٢٠٢٥-٠٥-٢٠", "1e9", "0001-01-01", "2101-01-01"]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_that_is_none_is_refused(client: Client, day: str) -> None:
    assert refused_at(get(client, "window", on=day), "on")
    assert refused_at(get(client, "deadlines", last_exam_on=day), "last_exam_on")
    asked = {"occupation": "data-annotation", "birth_date": day, "on": "2025-05-20"}
    assert refused_at(post(client, "eligibility", asked), "birth_date")


def test_a_nul_in_an_address_is_no_day(client: Client) -> None:
    assert refused_at(get(client, "window", on="\x00"), "on")


@pytest.mark.parametrize("day", ["2004-01-01", "2100-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_no_fault(client: Client, day: str) -> None:
    assert get(client, "window", on=day).status_code == 200
    assert refused_at(get(client, "deadlines", last_exam_on=day), "last_exam_on")


@pytest.mark.parametrize(("name", "query", "field"), [
    ("window", {}, "on"),
    ("deadlines", {"last_exam_on": "2025-03-15", "marking": "maybe"}, "marking"),
    ("fee", {"occupation": "unknown", "subjects": "theory", "on": "2025-05-20"}, "occupation"),
    ("fee", {"occupation": "data-annotation", "subjects": "cooking", "on": "2025-05-20"}, "subjects"),
    ("fee", {"occupation": "data-annotation", "subjects": "", "on": "2025-05-20"}, "subjects"),
])  # fmt: skip
def test_a_wrong_parameter_is_named(client: Client, name: str, query: dict[str, str], field: str) -> None:
    assert refused_at(get(client, name, **query), field)


def test_a_parameter_given_twice_is_refused(client: Client) -> None:
    assert refused_at(client.get("/api/v1/rules/window/?on=2025-05-20&on=2025-06-20"), "on")


RETAKE = {"marks": {"theory": "82.0", "practical": "55.0"}, "passed_on": "2025-07-12", "applied_on": "2025-09-01"}
SANCTION = {"clause": "三1", "act_on": "2025-07-12", "act_is_exam_day": True, "decided_on": "2025-08-01"}


@pytest.mark.parametrize(("name", "body", "field"), [
    ("eligibility", {"occupation": 1, "birth_date": "2000-01-01", "on": "2025-05-20"}, "occupation"),
    ("eligibility", {"occupation": "nothing", "birth_date": "2000-01-01", "on": "2025-05-20"}, "occupation"),
    ("eligibility", {"occupation": "data-annotation", "birth_date": 20000101, "on": "2025-05-20"}, "birth_date"),
    ("document", {"kind": "resident_id", "number": {"$ne": 1}}, "number"),
    ("document", {"kind": "resident_id", "number": 310104199003071212}, "number"),
    ("document", {"kind": "resident_id"}, "number"),
    ("document", {"kind": "passport", "number": "E1234567", "sex": "other"}, "sex"),
    ("retake", {**RETAKE, "marks": {}}, "marks"),
    ("retake", {**RETAKE, "marks": []}, "marks"),
    ("retake", {**RETAKE, "marks": {"theory": "82.0"}}, "marks"),
    ("retake", {**RETAKE, "marks": {"theory": "82.0", "cooking": "1"}}, "marks"),
    ("retake", {**RETAKE, "marks": {"theory": "82.0", "practical": "100.5"}}, "marks"),
    ("retake", {**RETAKE, "marks": {"theory": "82.0", "practical": "59.95"}}, "marks"),
    ("retake", {**RETAKE, "marks": {"theory": "82.0", "practical": True}}, "marks"),
    ("retake", {**RETAKE, "marks": {"theory": "82.0", "practical": None}}, "marks"),
    ("retake", {**RETAKE, "passed_on": None}, "passed_on"),
    ("retake", {**RETAKE, "applied_on": "2025-07-11"}, "applied_on"),
    ("retake", {**RETAKE, "source": "other"}, "source"),
    ("sanction", {**SANCTION, "act_is_exam_day": "yes"}, "act_is_exam_day"),
    ("sanction", {**SANCTION, "act_is_exam_day": 1}, "act_is_exam_day"),
    ("sanction", {**SANCTION, "severity": "medium"}, "severity"),
    ("sanction", {**SANCTION, "decided_on": "2025-07-11"}, "decided_on"),
    ("sanction", {**SANCTION, "clause": 42}, "clause"),
])  # fmt: skip
def test_a_wrong_value_is_named(client: Client, name: str, body: Any, field: str) -> None:
    assert refused_at(post(client, name, body), field)


POSTS = ["document", "eligibility", "retake", "sanction"]
HOSTILE = [
    "", "null", "[]", "1", '"text"', "{", "NaN", '{"on": NaN}', '{"on": 1e400}', '{"on": -1e400}', '{"on": Infinity}',
    '{"on": "2025-05-20", "on": "2025-05-20"}', '{"number": "\\ud800"}', '{"kind": "\\u0000"}', '{"\\ud800": 1}',
    "[" * 10_000, '{"a":' * 10_000, '{"on": ' + "9" * 5000 + "}", "\ufeff{}", '{"marks": ' + "[" * 50 + "]" * 50 + "}",
]  # fmt: skip


@pytest.mark.parametrize("name", POSTS)
@pytest.mark.parametrize("body", HOSTILE)
def test_a_hostile_body_is_a_400_with_its_errors_listed(client: Client, name: str, body: str) -> None:
    response = client.post(f"/api/v1/rules/{name}/", body.encode(), content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert response.json()["errors"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"kind": "\xed\xa0\x80"}', b'"' + b"x" * 1_100_000 + b'"'])
def test_bytes_that_are_no_text_or_far_too_many_are_refused(client: Client, body: bytes) -> None:
    response = client.post("/api/v1/rules/document/", body, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)


def test_what_is_not_json_is_not_read(client: Client) -> None:
    response = client.post("/api/v1/rules/document/", {"kind": "passport"})
    assert (response.status_code, response["Content-Type"]) == (415, PROBLEM)


@pytest.mark.parametrize(("method", "path", "status"), [
    ("post", "rules/window/", 405), ("get", "rules/retake/", 405), ("get", "rules/nothing/", 404), ("get", "", 404),
])  # fmt: skip
def test_a_wrong_way_in_is_a_problem_document(client: Client, method: str, path: str, status: int) -> None:
    response = getattr(client, method)(f"/api/v1/{path}")
    assert (response.status_code, response["Content-Type"], response.json()["status"]) == (status, PROBLEM, status)


def test_an_occupation_that_is_no_longer_offered_is_unknown(client: Client) -> None:
    Occupation.objects.filter(code="data-annotation").update(is_active=False)
    asked = {"occupation": "data-annotation", "birth_date": "2000-01-01", "on": "2025-05-20"}
    assert refused_at(post(client, "eligibility", asked), "occupation")


def test_an_expired_key_does_not_close_the_public_rules(client: Client) -> None:
    response = client.get("/api/v1/rules/window/?on=2025-05-20", headers={"authorization": "Bearer nothing"})
    assert response.status_code == 200


def test_more_calls_than_the_rate_are_told_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kupasi.api.Rate.THROTTLE_RATES", {"rules": "2/min"})
    statuses = [get(client, "window", on="2025-05-20").status_code for _ in range(2)]
    last = get(
        client,
        "window",
        on="2025-05-20",
    )
    assert (statuses, last.status_code, last.json()["code"]) == ([200, 200], 429, "throttled")
    assert 1 <= int(last["Retry-After"]) <= 61


def test_a_forged_forwarding_header_does_not_escape_the_rate(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kupasi.api.Rate.THROTTLE_RATES", {"rules": "1/min"})
    answers = [
        client.get("/api/v1/rules/window/?on=2025-05-20", headers={"x-forwarded-for": f"10.0.0.{last}"}).status_code
        for last in range(2)
    ]
    assert answers == [200, 429]


def test_answers_are_utf_8_json_as_people_read_it(client: Client) -> None:
    response = post(client, "sanction", {**SANCTION, "clause": "九"})
    assert "没有这一条款" in response.content.decode()
    assert json.loads(response.content)["allowed"] is False


def test_the_detail_says_what_is_wrong_where(client: Client) -> None:
    told = get(client, "window", on="2025-02-29").json()
    assert told["detail"] == f"on：{told['errors'][0]['message']}"
    many = post(client, "sanction", {}).json()
    assert len(many["errors"]) > 3
    assert many["detail"].endswith(f"另有 {len(many['errors']) - 3} 处。")
