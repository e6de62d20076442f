"""The candidate's pages, as a browser without JavaScript uses them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exams.models import OccupationCondition
from kupasi import clock
from kupasi.audit.models import Entry as AuditEntry
from kupasi.people.models import Candidate
from registration.enums import ApplicationStatus, Step
from registration.models import Application, Order, ReturnedItem
from registration.services import applications
from registration.services.moves import lock, move_to
from tests.builders import a_candidate, a_draft, a_user, act, an_application, at, photo_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
S = ApplicationStatus


class Clock:
    """The product's clock, set by a test."""

    def __init__(self) -> None:
        self.moment = at("2025-05-20T09:00")

    def now(self) -> datetime:
        return self.moment


@pytest.fixture(autouse=True)
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """20 May 2025, 9:00, unless a test sets another moment."""
    own = Clock()
    monkeypatch.setattr(clock, "now", own.now)
    monkeypatch.setattr(clock, "today", lambda: own.moment.date())
    return own


def signed_in(person: Candidate) -> Client:
    assert person.user is not None
    client = Client()
    client.force_login(person.user)
    return client


def post(client: Client, name: str, pk: int, data: Mapping[str, object], *, step: str = "") -> Any:
    args: list[object] = [pk, step] if step else [pk]
    return client.post(reverse(name, args=args), data)


def pledge_fields(**other: object) -> dict[str, object]:
    keys = list(OccupationCondition.objects.filter(occupation__code="data-annotation").values_list("pk", flat=True))
    return {"conditions": keys, "pledge_version": 1, "pledge": "on", **other}


def the_token(client: Client, pk: int) -> str:
    page = client.get(reverse("apply-preview", args=[pk]))
    return str(page.context["form"].expected)


def test_four_steps_a_look_and_a_submission() -> None:
    person = a_candidate()
    client = signed_in(person)
    assert client.get("/me/").status_code == 200
    begun = client.post(reverse("apply"))
    draft = Application.objects.get(candidate=person)
    assert begun["Location"] == reverse("apply-continue", args=[draft.pk])
    first = client.get(begun["Location"])["Location"]
    assert first == reverse("apply-step", args=[draft.pk, "identity"])
    post(client, "apply-step", draft.pk, {"name": person.name, "education": "bachelor"}, step="identity")
    upload = SimpleUploadedFile("../../x.py", photo_bytes(), "image/jpeg")
    post(client, "apply-step", draft.pk, {"photo": upload}, step="photo")
    post(client, "apply-step", draft.pk, {"occupation": "data-annotation"}, step="subjects")
    post(client, "apply-step", draft.pk, pledge_fields(), step="pledge")
    token = the_token(client, draft.pk)
    for _ in range(2):  # a double click
        done = post(client, "apply-preview", draft.pk, {"token": token})
        assert done["Location"] == reverse("apply-done", args=[draft.pk])
    number = Application.objects.get(pk=draft.pk).number
    assert number
    assert number in client.get(done["Location"]).content.decode()
    assert Order.objects.count() == 1


@pytest.mark.parametrize("step", list(Step))
def test_every_step_opens_filled_and_empty(step: Step) -> None:
    empty = applications.start_draft(a_candidate(), by=act())
    for draft in (empty, a_draft()):
        page = signed_in(draft.candidate).get(reverse("apply-step", args=[draft.pk, step]))
        assert page.status_code == 200


def test_nobody_elses_application_is_there() -> None:
    application, other = an_application(), a_candidate()
    client = signed_in(other)
    for name in ("application", "apply-continue", "apply-preview", "apply-done", "application-withdraw",
                 "application-form", "application-ics"):  # fmt: skip
        url = reverse(name, args=[application.pk])
        assert client.get(url).status_code == 404
        assert client.post(url).status_code in (404, 405)
    assert client.get(reverse("apply-step", args=[application.pk, "photo"])).status_code == 404


def test_staff_have_no_pages_of_their_own_here(clerk: object) -> None:
    client = Client()
    user = a_user("institution_clerk")
    client.force_login(user)
    assert client.get("/me/").status_code == 403


def test_a_step_that_fails_keeps_what_was_typed_and_nothing_is_saved() -> None:
    draft = a_draft()
    answer = post(
        signed_in(draft.candidate), "apply-step", draft.pk, {"name": "<script>", "education": "master"}, step="identity"
    )
    assert answer.status_code == 400
    assert b"&lt;script&gt;" in answer.content
    assert b'<script>"' not in answer.content
    assert Application.objects.get(pk=draft.pk).education == "bachelor"


def test_a_field_sent_twice_is_refused() -> None:
    draft = a_draft()
    data: dict[str, object] = {"occupation": ["model-application", "data-annotation"]}
    answer = post(signed_in(draft.candidate), "apply-step", draft.pk, data, step="subjects")
    assert answer.status_code == 400
    occupation = Application.objects.get(pk=draft.pk).occupation
    assert occupation is not None
    assert occupation.code == "data-annotation"


@pytest.mark.parametrize(
    "left_out", [{"pledge": ""}, {"conditions": []}, {"pledge_version": ""}, {"pledge_version": 9}, {"conditions": [0]}]
)
def test_without_the_whole_promise_nothing_is_taken(left_out: dict[str, object]) -> None:
    draft = applications.start_draft(a_candidate(), by=act())
    applications.save_subjects(draft.pk, by=act(), occupation="data-annotation")
    answer = post(signed_in(draft.candidate), "apply-step", draft.pk, pledge_fields(**left_out), step="pledge")
    assert (answer.status_code, Application.objects.get(pk=draft.pk).pledged_at) == (400, None)


def test_what_is_not_seen_is_not_named_in_a_sentence() -> None:
    draft = a_draft()
    client = signed_in(draft.candidate)
    page = post(client, "apply-preview", draft.pk, {"token": "stale"}).content.decode()
    told = page.split('class="k-errors"')[1].split("</div>")[0]
    assert "内容已在别处修改" in told
    assert "Token" not in told


def test_a_draft_changed_in_another_tab_is_looked_at_again() -> None:
    draft = a_draft()
    client = signed_in(draft.candidate)
    token = the_token(client, draft.pk)
    post(client, "apply-step", draft.pk, {"name": "另名", "education": "master"}, step="identity")
    answer = post(client, "apply-preview", draft.pk, {"token": token})
    assert (answer.status_code, Application.objects.get(pk=draft.pk).status) == (400, S.DRAFT)
    again = answer.context["form"]["token"].value()
    assert again == the_token(client, draft.pk) != token
    assert post(client, "apply-preview", draft.pk, {"token": again}).status_code == 302


@pytest.mark.parametrize(
    ("moment", "status"), [("2025-06-15T23:59:59.900000", 302), ("2026-01-01T00:00:00.100000", 400)]
)
def test_the_moment_of_the_server_decides_whatever_the_client_says(set_clock: Clock, moment: str, status: int) -> None:
    draft = a_draft()
    client = signed_in(draft.candidate)
    token = the_token(client, draft.pk)
    set_clock.moment = at(moment)
    data = {"token": token, "applied_at": "2025-05-20T09:00"}
    assert post(client, "apply-preview", draft.pk, data).status_code == status


def test_a_withdrawn_application_is_neither_changed_nor_submitted() -> None:
    application = an_application()
    client = signed_in(application.candidate)
    url = reverse("application-withdraw", args=[application.pk])
    assert client.get(url).status_code == 200
    assert client.post(url)["Location"] == reverse("me")
    assert post(client, "apply-preview", application.pk, {"token": "x"}).status_code == 409
    answer = post(client, "apply-step", application.pk, {"name": "别名", "education": "master"}, step="identity")
    assert (answer.status_code, Application.objects.get(pk=application.pk).status) == (409, S.WITHDRAWN)


def returned_photo() -> Application:
    application = an_application()
    clerk = a_user("clerk")
    ReturnedItem.objects.create(
        application=application,
        step=Step.PHOTO,
        reason="照片过暗",
        returned_at=at("2025-05-20T10:00"),
        returned_by=clerk,
    )
    return move_to(lock(application.pk), S.RETURNED, by=act(clerk), action="application.returned", reason="照片过暗")


def test_a_returned_candidate_sees_only_the_returned_items() -> None:
    application = returned_photo()
    client = signed_in(application.candidate)
    assert client.get(reverse("apply-continue", args=[application.pk]))["Location"].endswith("/photo/")
    page = client.get(reverse("apply-step", args=[application.pk, "photo"]))
    assert "照片过暗" in page.content.decode()
    assert client.get(reverse("apply-step", args=[application.pk, "identity"])).status_code == 302
    upload = SimpleUploadedFile("a.png", photo_bytes(width=600, height=840, fmt="PNG"), "image/png")
    post(client, "apply-step", application.pk, {"photo": upload}, step="photo")
    answer = post(client, "apply-preview", application.pk, {"token": the_token(client, application.pk)})
    assert answer["Location"] == reverse("apply-done", args=[application.pk])
    assert Application.objects.get(pk=application.pk).status == S.SUBMITTED


def test_the_status_page_tells_what_happened_in_words() -> None:
    application = returned_photo()
    page = signed_in(application.candidate).get(reverse("application", args=[application.pk]))
    titles = [event.title for event in page.context["events"]]
    assert titles[:3] == ["开始填写", "提交申报", "退回补正"]
    assert page.context["next"].say.startswith("请补正：照片")


def test_addresses_titles_and_records_hold_nothing_personal() -> None:
    person = a_candidate(name="欧阳样例")
    application = an_application(person)
    client, document = signed_in(person), person.documents.get()
    for name in ("application", "apply-done"):
        head = client.get(reverse(name, args=[application.pk])).content.decode().split("</head>")[0]
        assert person.name not in head
        assert document.number not in head
    records = "".join(f"{row.before}{row.after}{row.reason}" for row in AuditEntry.objects.all())
    assert not [word for word in (person.name, document.number, person.phone) if word in records]


def test_the_calendar_file_names_the_day_for_the_papers() -> None:
    application = an_application()
    content = signed_in(application.candidate).get(reverse("application-ics", args=[application.pk])).content
    assert b"DTSTART;VALUE=DATE:20250627" in content


def test_a_page_needs_somebody_signed_in() -> None:
    for url in (reverse("me"), reverse("apply"), reverse("application", args=[1])):
        assert Client().get(url)["Location"].startswith("/accounts/login")


def test_keys_that_are_none_are_not_found() -> None:
    client = signed_in(a_candidate())
    for key in ("99999999999999999999", "-1", "0x10", "1e3", "1 OR 1=1", str(uuid.UUID(int=0))):
        assert client.get(f"/me/applications/{key}/").status_code == 404


def test_the_day_of_the_session_is_kept_in_shanghai() -> None:
    application = an_application(when="2025-06-15T23:59:59")
    assert application.exam_session is not None
    assert application.exam_session.exam_month == date(2025, 7, 1)
