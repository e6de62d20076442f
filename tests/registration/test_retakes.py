"""Applying for a retake, and what a new full application gives up (通知 四)."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.enums import EntryKind, MarkStatus
from exams.models import GivenUpPass, Mark
from exams.services.plans import plan_year, publish_plan
from exams.services.results import qualified
from kupasi import clock
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate
from kupasi.people.tokens import make_token
from registration.models import Application
from registration.services import applications, deadlines, judging, review, shown
from registration.services.retakes import start_retake
from tests.builders import a_candidate, a_draft, a_user, act, at, photo_bytes, signed_in
from tests.exams.retaking import a_part_passed, sat_again
from tests.registration import desk
from tests.registration.test_api_applications import CONDITION

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
WHEN = "2025-08-20T09:00"
RETAKE = Decimal("385.00")


def a_retake_draft(person: Candidate, *, when: str = WHEN) -> Application:
    """Begun as a full one, then made a retake."""
    a_draft(person, when=when)
    return start_retake(person, occupation="data-annotation", by=act(person.user, when))


def submitted(person: Candidate, *, when: str = WHEN) -> Application:
    draft = a_retake_draft(person, when=when)
    return applications.submit(draft.pk, by=act(person.user, when))


def approved(application: Application) -> Application:
    return review.approve(application.pk, by=act(a_user("clerk"), "2025-08-21T10:00"))


def test_a_retake_takes_only_what_is_missing_and_its_fee() -> None:
    made = submitted(a_part_passed())
    assert (made.kind, made.fee_total) == (EntryKind.RETAKE, RETAKE)
    assert [item.subject.code for item in made.items.all()] == ["practical"]
    assert [mark.value for mark in made.kept_marks.all()] == [Decimal("82.5")]


def test_paid_it_becomes_an_entry_that_builds_on_the_kept_pass() -> None:
    application = approved(submitted(a_part_passed()))
    desk.pay(application, a_user("finance"), amount=RETAKE, when="2025-08-22T10:00")
    application.refresh_from_db()
    entry = application.entry
    assert entry is not None
    assert (entry.kind, [seat.subject.code for seat in entry.seats.all()]) == (EntryKind.RETAKE, ["practical"])
    assert [kept.mark.value for kept in entry.kept_passes.all()] == [Decimal("82.5")]
    assert not GivenUpPass.objects.exists()


@pytest.mark.parametrize(("day", "code"), [("2027-07-12", None), ("2027-07-13", "retake_expired")])
def test_the_day_of_the_application_decides(day: str, code: str | None) -> None:
    for year in (2026, 2027):
        publish_plan(plan_year(year, by=act()).pk, by=act(a_user("supervisor")))
    person = a_part_passed()
    draft = a_retake_draft(person, when="2027-07-01T09:00")
    try:
        applications.submit(draft.pk, by=act(person.user, f"{day}T23:59:59"))
        said = None
    except Refusal as refusal:
        said = refusal.code
    assert said == code


@pytest.mark.parametrize(
    ("marks", "code"),
    [("82,60", "retake_nothing_failed"), ("50,50", "retake_none_passed"), ("absent", "retake_none_passed")],
)
def test_what_cannot_be_retaken_is_refused(marks: str, code: str) -> None:
    person = a_part_passed(marks)
    with pytest.raises(Refusal) as caught:
        start_retake(person, occupation="data-annotation", by=act(person.user, WHEN))
    assert caught.value.code == code
    assert not Application.objects.filter(candidate=person).exists()


def test_a_mark_that_fell_between_the_steps_is_noticed() -> None:
    person = a_part_passed()
    draft = a_retake_draft(person)
    Mark.objects.filter(value=Decimal("82.5")).update(status=MarkStatus.CANCELLED)
    with pytest.raises(Refusal) as caught:
        applications.submit(draft.pk, by=act(person.user, WHEN))
    assert caught.value.code == "retake_none_passed"


def test_the_reviewer_is_told_when_a_kept_pass_no_longer_stands() -> None:
    application = submitted(a_part_passed())
    assert {one.key: one.tick for one in judging.review_checklist(application)}["retake"] == "ok"
    Mark.objects.filter(value=Decimal("82.5")).update(is_held=True)
    assert [one.key for one in judging.problems(application)] == ["retake"]


def a_new_full(person: Candidate) -> Application:
    draft = a_draft(person, when=WHEN)
    words = shown.giving_up_sentence(draft, on=at(WHEN).date())
    return applications.submit(draft.pk, by=act(person.user, WHEN), gives_up=words)


def test_a_full_application_asks_and_keeps_the_words() -> None:
    person = a_part_passed()
    with pytest.raises(Refusal) as caught:
        desk.submitted(candidate=person, when=WHEN)
    assert caught.value.code == "give_up_unconfirmed"
    assert "82.5" in a_new_full(person).gives_up


def test_the_pass_is_given_up_when_the_new_application_is_paid_and_not_before() -> None:
    application = approved(a_new_full(a_part_passed()))
    assert not GivenUpPass.objects.exists()
    desk.pay(application, a_user("finance"), when="2025-08-22T10:00")
    application.refresh_from_db()
    lost = GivenUpPass.objects.get()
    assert (lost.mark.value, lost.entry, lost.words) == (Decimal("82.5"), application.entry, application.gives_up)


def test_withdrawn_rejected_and_lapsed_ones_give_up_nothing() -> None:
    clerk = a_user("clerk")
    people = [a_part_passed(on=day) for day in ("2025-07-12", "2025-06-14", "2025-05-17")]
    first, second, third = (a_new_full(person) for person in people)
    applications.withdraw(first.pk, by=act(first.candidate.user, WHEN))
    review.reject(second.pk, reason="测试", by=act(clerk, WHEN))
    approved(third)
    deadlines.lapse(third.pk, by=act(when="2025-10-01T09:00"))
    assert not GivenUpPass.objects.exists()
    for person in people:
        start_retake(person, occupation="data-annotation", by=act(person.user, "2025-10-02T09:00"))


def test_parts_passed_apart_are_one_certificate() -> None:
    person = a_part_passed()
    sat_again(person, "66", on="2025-10-18")
    assert [one.kind for one in qualified()] == [EntryKind.RETAKE]


# --- pages and calls -----------------------------------------------------------------------------------------------


@pytest.fixture
def on_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 August 2025, 9:00."""
    monkeypatch.setattr(clock, "now", lambda: at(WHEN))
    monkeypatch.setattr(clock, "today", lambda: at(WHEN).date())


@pytest.mark.usefixtures("on_that_day")
class TestOnTheWeb:
    def test_the_result_page_shows_the_wallet_and_leads_to_the_retake(self) -> None:
        person = a_part_passed()
        client = signed_in(person.user)
        page = client.get(reverse("results")).content.decode()
        assert reverse("retake", args=["data-annotation"]) in page
        assert "2027年7月12日" in page
        assert client.post(reverse("retake", args=["data-annotation"])).status_code == 302
        assert Application.objects.get(candidate=person).kind == EntryKind.RETAKE

    def test_the_step_of_subjects_offers_both_ways(self) -> None:
        person = a_part_passed()
        draft, client = a_retake_draft(person), signed_in(person.user)
        url = reverse("apply-step", args=[draft.pk, "subjects"])
        form = client.get(url).context["form"]
        assert form.initial["occupation"] == "retake:data-annotation"
        client.post(url, {"occupation": "data-annotation"})
        draft.refresh_from_db()
        assert (draft.kind, draft.items.count()) == (EntryKind.FULL, 2)
        client.post(url, {"occupation": "retake:data-annotation"})
        assert draft.items.count() == 1

    def test_it_is_handed_in_without_giving_anything_up(self) -> None:
        person = a_part_passed()
        draft, client = a_retake_draft(person), signed_in(person.user)
        page = client.get(reverse("apply-preview", args=[draft.pk]))
        assert "gives_up" not in page.context["form"].fields
        client.post(reverse("apply-preview", args=[draft.pk]), {"token": page.context["form"].expected})
        draft.refresh_from_db()
        assert (draft.status, draft.fee_total) == ("submitted", RETAKE)

    def test_while_one_is_on_its_way_the_page_leads_to_it(self) -> None:
        person = a_part_passed()
        made, client = submitted(person), signed_in(person.user)
        answer = client.get(reverse("retake", args=["data-annotation"]))
        assert answer.context["standing"] == made
        assert 'type="submit">开始申请补考' not in answer.content.decode()

    def test_who_applies_anew_reads_what_is_given_up_before_and_after(self) -> None:
        person = a_part_passed()
        made, client = a_new_full(person), signed_in(person.user)
        for page in (reverse("application", args=[made.pk]), reverse("retake", args=["data-annotation"])):
            assert "通知 四(二)" in client.get(page).content.decode()
        desk.pay(approved(made), a_user("finance"), when="2025-08-22T10:00")
        letter = Notice.objects.get(kind="application_confirmed", channel="in_app", candidate=person)
        assert "82.5" in letter.body
        rows = client.get(reverse("results")).context["rows"]
        days = [one.given_up_on for row in rows for one in row["subjects"]]
        assert [day.isoformat() for day in days if day] == ["2025-08-22"]

    def test_whose_retake_is_confirmed_is_not_asked_to_apply_again(self) -> None:
        person = a_part_passed()
        desk.pay(approved(submitted(person)), a_user("finance"), amount=RETAKE, when="2025-08-22T10:00")
        client = signed_in(person.user)
        ((_, entered),) = client.get(reverse("results")).context["wallets"]
        assert entered is not None
        assert client.get(reverse("me")).context["wallets"] == []

    def test_a_person_without_a_kept_pass_is_sent_to_a_full_application(self) -> None:
        client = signed_in(a_candidate().user)
        answer = client.get(reverse("retake", args=["data-annotation"]))
        assert [one.code for one in answer.context["one"].refusals] == ["retake_none_passed"]
        assert client.post(reverse("retake", args=["data-annotation"])).status_code == 400


def call(person: Candidate, data: object = None) -> tuple[int, dict[str, Any]]:
    key, _ = make_token(person.user, at=at("2025-08-20T08:59"))
    headers = {"authorization": f"Bearer {key}"}
    if data is None:
        answer = Client().get("/api/v1/retakes/", headers=headers)
    else:
        answer = Client().post("/api/v1/retakes/", json.dumps(data), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


WHOLE = {"occupation": "data-annotation", "conditions": [CONDITION], "pledge_version": 1}


@pytest.mark.usefixtures("on_that_day")
class TestOverHttp:
    def test_the_wallet(self) -> None:
        status, answer = call(a_part_passed())
        (one,) = answer["results"]
        assert (status, one["allowed"], one["subjects"], one["fee"]) == (200, True, ["practical"], "385.00")
        kept = {"subject": "theory", "value": "82.5", "passed_on": "2025-07-12", "valid_until": "2027-07-12"}
        assert (one["kept"], one["valid_until"]) == ([kept], "2027-07-12")

    def test_one_call_applies(self) -> None:

        photo = base64.b64encode(photo_bytes()).decode()
        status, answer = call(a_part_passed(), {**WHOLE, "photo": photo})
        assert (status, answer["kind"], answer["fee_total"]) == (201, "retake", "385.00")
        assert [item["subject"] for item in answer["items"]] == ["practical"]

    def test_who_passed_nothing_is_refused_by_name(self) -> None:
        status, answer = call(a_candidate(), WHOLE)
        assert (status, answer["code"]) == (400, "retake_none_passed")

    def test_another_persons_wallet_is_not_seen(self) -> None:
        a_part_passed()
        assert call(a_candidate())[1]["results"] == []
