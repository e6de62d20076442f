"""A person's own data: see, copy, erase (section 10; OP-009, OP-014, OP-015, OP-016)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from certificates.models import Certificate
from discipline.models import Bar
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry as AuditEntry
from kupasi.dates import add_years, month_end
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, ErasedPerson, Photo, User
from kupasi.people.services import erased_list, finding, privacy
from registration.models import Application
from registration.services import applications
from tests import builders
from tests.certificates.made import issued

pytestmark = pytest.mark.django_db
PHONE = "13900002222"
PAGE, COPY = "/accounts/data/", "/accounts/data/copy/"


@pytest.fixture
def person(notice: None) -> Candidate:
    return builders.a_candidate(name="测试乙", phone=PHONE)


def withdrawn(person: Candidate) -> Application:
    """A filed application that came to an end; its exam month is August 2025."""
    application = builders.an_application(person)
    applications.withdraw(application.pk, by=builders.act(person.user, "2025-05-21T09:00"))
    application.refresh_from_db()
    return application


def erased(person: Candidate, when: str = "2025-06-01T09:00") -> ErasedPerson:
    row = privacy.erase(person.pk, by=builders.act(when=when))
    person.refresh_from_db()
    return row


def test_the_page_shows_everything_masked_and_links_the_requests(person: Candidate) -> None:
    application = withdrawn(person)
    page = builders.signed_in(person.user).get(PAGE).content.decode()
    for words in (application.number, "139****2222", "core_change", "erase_person", "五年"):
        assert words in page
    for secret in (PHONE, person.documents.get().number):
        assert secret not in page


def test_whole_numbers_are_shown_on_demand_and_the_look_is_recorded(person: Candidate) -> None:
    page = builders.signed_in(person.user).post(PAGE).content.decode()
    assert person.documents.get().number in page
    assert AuditEntry.objects.filter(action="privacy.reveal_own", object_id=str(person.pk)).count() == 1


def test_the_copy_is_complete_and_recorded(person: Candidate) -> None:
    application = withdrawn(person)
    answer = builders.signed_in(person.user).post(COPY, {"password": builders.PASSWORD})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names, words = archive.namelist(), json.loads(archive.read("data.json"))
        assert archive.read("data.pdf").startswith(b"%PDF")
    text = json.dumps(words, ensure_ascii=False)
    assert "photos/1.jpg" in names
    for held in (PHONE, person.documents.get().number, application.number, "样例公司", person.name):
        assert held in text
    assert {"identity", "applications", "letters", "photos"} <= {one["code"] for one in words["sections"]}
    assert AuditEntry.objects.filter(action="privacy.copy").count() == 1


def test_the_copy_needs_the_password(person: Candidate) -> None:
    answer = builders.signed_in(person.user).post(COPY, {"password": "wrong-password-here"})
    assert (answer.status_code, answer["Content-Type"][:9]) == (400, "text/html")
    assert not AuditEntry.objects.filter(action="privacy.copy").exists()


@pytest.mark.parametrize("role", ["clerk", "auditor", "institution_clerk"])
def test_who_is_not_a_candidate_finds_no_page_of_data(role: str) -> None:
    client = builders.signed_in(builders.a_user(role))
    assert client.get(PAGE).status_code == 404
    assert client.post(COPY, {"password": builders.PASSWORD}).status_code == 404


def test_nobody_asks_for_the_erasure_of_another(person: Candidate) -> None:
    other = builders.signed_in(builders.a_candidate().user)
    assert other.get(reverse("my-request", args=["erase_person", person.pk])).status_code == 404
    assert other.get(f"{PAGE}{person.pk}/").status_code == 404


def test_contacts_go_at_once(person: Candidate) -> None:
    builders.signed_in(person.user).post("/accounts/data/contacts/")
    person.refresh_from_db()
    assert (person.employer, person.education, person.phone) == ("", "", PHONE)


def test_erasing_takes_two_people_and_says_what_stays(person: Candidate) -> None:
    withdrawn(person)
    client = builders.signed_in(person.user)
    client.post(reverse("my-request", args=["erase_person", person.pk]), {"reason": "不再使用"})
    asked = Proposal.objects.get()
    assert [one.label for one in asked.lines] == ["删除", "留存"]
    supervisor = builders.a_user("supervisor")
    with pytest.raises(Refusal) as refused:
        approvals.approve(asked.pk, seen=asked.digest, by=builders.act(person.user, "2025-06-01T09:00"))
    assert refused.value.code == "four_eyes"
    approvals.approve(asked.pk, seen=asked.digest, by=builders.act(supervisor, "2025-06-01T09:00"))
    assert ErasedPerson.objects.count() == 1
    assert Client().login(username=PHONE, password=builders.PASSWORD) is False


def test_without_a_duty_nothing_that_names_the_person_is_left(person: Candidate) -> None:
    builders.a_draft(person)
    number, photo = person.documents.get().number, Photo.objects.get()
    storage, name = photo.file.storage, photo.file.name
    assert erased(person).finished_at is not None
    assert (person.name, person.phone, person.birth_date) == (privacy.ERASED, "", date(1900, 1, 1))
    assert (person.documents.get().number, Photo.objects.count(), storage.exists(name)) == ("", 0, False)
    assert not Candidate.objects.with_document("resident", number).exists()
    user = User.objects.get(candidate=person)
    assert (user.is_active, user.phone_index, user.name) == (False, None, privacy.ERASED)
    assert not person.applications.exclude(name="", employer="", photo=None).exists()
    assert not person.notices.exclude(body="").exists()


def test_filed_applications_stay_until_their_time(person: Candidate) -> None:
    application = withdrawn(person)
    duties = privacy.duties_of(person, on=date(2025, 6, 1))
    month = application.exam_session.exam_month
    assert [duty.until for duty in duties] == [add_years(month_end(month), 5)]
    assert erased(person).finished_at is None
    application.refresh_from_db()
    assert (person.name, application.name, person.phone) == ("测试乙", "测试乙", "")


def test_what_is_under_way_comes_first(person: Candidate) -> None:
    builders.an_application(person)
    with pytest.raises(Refusal) as refused:
        erased(person)
    assert refused.value.code == "matter_open"
    assert not ErasedPerson.objects.exists()


def test_a_breach_stays_five_years_after_the_bar(person: Candidate) -> None:
    at = builders.at("2025-05-20T09:00")
    last = date(2027, 5, 19)
    Bar.objects.create(candidate=person, barred_from=at.date(), barred_until=last, source="决定书 1", recorded_at=at)
    assert [one.until for one in privacy.duties_of(person, on=date(2032, 5, 19))] == [date(2032, 5, 19)]
    assert privacy.duties_of(person, on=date(2032, 5, 20)) == []


def test_erasing_twice_is_harmless(person: Candidate) -> None:
    erased(person)
    lines = AuditEntry.objects.count()
    erased(person, "2025-06-02T09:00")
    assert (AuditEntry.objects.count(), ErasedPerson.objects.count()) == (lines, 1)


def test_a_restored_backup_is_erased_again(person: Candidate) -> None:
    other = builders.a_candidate()
    before = {one.pk: one for one in Candidate.objects.all()}[person.pk]
    erased(person)
    assert erased_list.missing() == set()
    ErasedPerson.objects.all().delete()  # last night's backup knows nothing of it
    before.save()
    assert erased_list.missing() == {privacy.key_of(person.pk, person.created_at)}
    assert erased_list.reapply(builders.act(when="2025-06-02T09:00")) == 1
    assert erased_list.reapply(builders.act(when="2025-06-02T10:00")) == 0
    names = dict(Candidate.objects.values_list("pk", "name"))
    assert names == {person.pk: privacy.ERASED, other.pk: other.name}


def test_a_number_given_again_after_a_restore_is_somebody_else(person: Candidate) -> None:
    erased(person)
    ErasedPerson.objects.all().delete()
    Candidate.objects.filter(pk=person.pk).update(name="测试丙", created_at=builders.at("2025-06-02T08:00"))
    assert erased_list.reapply(builders.act(when="2025-06-02T09:00")) == 0


def test_the_list_of_the_erased_names_nobody(person: Candidate) -> None:
    erased(person)
    words = erased_list.path().read_text(encoding="ascii")
    assert words.split()[0] == privacy.key_of(person.pk, person.created_at)
    assert erased_list.path().stat().st_mode & 0o077 == 0


def test_a_dump_holds_no_number_after_seeing_and_copying(person: Candidate) -> None:
    client = builders.signed_in(person.user)
    client.post(PAGE)
    client.post(COPY, {"password": builders.PASSWORD})
    number = person.documents.get().number
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            words = str(cursor.fetchall())
            assert number not in words, table
            assert PHONE not in words, table


@pytest.mark.parametrize("words", ["123", "1990", "测", "%", "_", "19900307"])
def test_too_short_or_vague_a_search_finds_nobody(person: Candidate, words: str) -> None:
    assert not finding.find_people(Candidate.objects.all(), words).exists()


def test_a_search_is_recorded_without_its_words(person: Candidate) -> None:
    client = builders.signed_in(builders.a_user("clerk"))
    client.post("/admin/people/candidate/", {"find": PHONE})
    line = AuditEntry.objects.get(action="candidate.search")
    assert PHONE not in json.dumps(line.after)


@pytest.mark.parametrize("role", ["marker", "publisher", "invigilator", "finance"])
def test_autocomplete_and_history_tell_other_roles_no_name_and_no_number(person: Candidate, role: str) -> None:
    client = builders.signed_in(builders.a_user(role))
    query = "?app_label=registration&model_name=application&field_name=candidate&term=测试"
    for path in (f"autocomplete/{query}", f"people/candidate/{person.pk}/history/", "people/user/?_to_field=password"):
        answer = client.get(f"/admin/{path}")
        is_json = "json" in answer["Content-Type"]
        words = json.dumps(answer.json(), ensure_ascii=False) if is_json else answer.content.decode()
        assert person.documents.get().number not in words, path
        assert "测试乙" not in words, path


def test_a_certificate_stays_for_ever_and_one_to_be_collected_comes_first(notice: None) -> None:
    certificate = issued()
    holder = certificate.candidate
    with pytest.raises(Refusal) as refused:
        erased(holder, "2025-08-01T09:00")
    assert refused.value.code == "matter_open"
    Certificate.objects.filter(pk=certificate.pk).update(status="collected")
    assert erased(holder, "2099-01-01T09:00").finished_at is None
    assert [one.until for one in privacy.duties_of(holder, on=date(2099, 1, 1))] == [None]
    assert Certificate.objects.get().name == holder.name != privacy.ERASED


def test_a_restored_place_is_not_ready_before_the_erased_are_erased_again(person: Candidate) -> None:
    before = {one.pk: one for one in Candidate.objects.all()}[person.pk]
    erased(person)
    assert Client().get("/readyz").status_code == 200
    ErasedPerson.objects.all().delete()  # a backup from before was put back
    before.save()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["part"]) == (503, "erasures")
    erased_list.reapply(builders.act(when="2025-06-02T09:00"))
    assert Client().get("/readyz").status_code == 200


def test_somebody_erased_who_is_not_in_the_restored_place_keeps_nothing_closed(person: Candidate) -> None:
    erased(person)
    ErasedPerson.objects.all().delete()
    Candidate.objects.filter(pk=person.pk).update(created_at=builders.at("2025-06-02T08:00"))  # somebody else
    assert Client().get("/readyz").status_code == 503
    erased_list.reapply(builders.act(when="2025-06-02T09:00"))
    assert Client().get("/readyz").status_code == 200
