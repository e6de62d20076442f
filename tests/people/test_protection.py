"""Personal data at rest, on screens and in logs (section 10; R29, WB-021)."""

from __future__ import annotations

import logging

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.test import Client, override_settings

from kupasi.people import crypto
from kupasi.people.checks import real_messages
from kupasi.people.masking import LogMask, mask_document, mask_name, mask_phone
from kupasi.people.models import Candidate, IdentityDocument, PhoneCode, Photo, SignInTrouble, User
from kupasi.people.services.expiry import forget_expired
from tests import builders

from .pages import sign_in

PHONE = "13912345678"
TABLES = ("people_user", "people_candidate", "people_identitydocument", "people_phonecode", "django_session")


def dump() -> str:
    with connection.cursor() as cursor:
        rows = []
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()
    return str(rows)


@pytest.mark.django_db
def test_numbers_phones_and_addresses_are_unreadable_in_the_database(client: Client) -> None:
    person = builders.a_candidate(phone=PHONE)
    person.postal_address = "样例路一号"
    person.save()
    client.post("/accounts/password/reset/", {"phone": PHONE})
    words = dump()
    for secret in (PHONE, person.documents.get().number, "样例路一号"):
        assert secret not in words


@pytest.mark.django_db
def test_the_index_finds_a_number_and_keeps_it_unique() -> None:
    person = builders.a_candidate()
    document = person.documents.get()
    assert Candidate.objects.with_document("resident", document.number).get() == person
    assert document.number_index == crypto.blind_index("resident", document.number)
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.a_document(builders.a_candidate(), number=document.number, primary=False)
    assert IdentityDocument.objects.filter(number_index=document.number_index).count() == 1


def test_the_index_depends_on_kind_and_key(settings: object) -> None:
    first = crypto.blind_index("resident", "x")
    assert first != crypto.blind_index("passport", "x")
    settings.INDEX_KEY = b"0" * 32
    assert first != crypto.blind_index("resident", "x")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (mask_document("310104199003071234"), "310***********1234"),
        (mask_document("E8765"), "E**65"),
        (mask_phone("13812341234"), "138****1234"),
        (mask_name("欧阳测试"), "欧***"),
        (mask_name(""), ""),
    ],
)
def test_masks(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize("secret", ["310104199003071234", "31010419900307123x", "13912345678", "H12345678"])
def test_log_lines_hold_no_numbers(secret: str) -> None:
    line = logging.LogRecord("x", logging.INFO, "x", 1, "wrong: %s!", (secret,), None)
    LogMask().filter(line)
    assert line.getMessage() == "wrong: [masked]!"


def a_photo(person: Candidate) -> Photo:
    photo = Photo(candidate=person, sha256="0" * 64, created_at=builders.at("2025-05-20T09:00"))
    photo.file.save("x.jpg", ContentFile(b"\xff\xd8picture"), save=False)
    photo.save()
    return photo


@pytest.mark.django_db
def test_the_photo_door_opens_for_the_owner_alone(client: Client) -> None:
    owner = builders.a_candidate(phone=PHONE)
    mine, others = a_photo(owner), a_photo(builders.a_candidate())
    assert client.get(f"/accounts/photos/{mine.pk}/").status_code == 302
    sign_in(client, PHONE)
    response = client.get(f"/accounts/photos/{mine.pk}/")
    assert response.content == b"\xff\xd8picture"
    assert response["Content-Type"] == "image/jpeg"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/accounts/photos/{others.pk}/").status_code == 404


@pytest.mark.django_db
def test_a_profile_post_changes_nothing_but_the_profile(client: Client) -> None:
    person = builders.a_candidate(phone=PHONE)
    sign_in(client, PHONE)
    data = {
        "email": "a@example.com", "education": "college", "employer": "样例厂", "postal_address": "样例路二号",
        "role": "admin", "groups": "1", "is_superuser": "true", "is_staff": "true", "institution": "1",
        "name": "别人", "birth_date": "2000-01-01",
    }  # fmt: skip
    client.post("/accounts/profile/", data)
    after, user = Candidate.objects.get(), User.objects.get()
    assert (after.email, after.employer, after.postal_address) == ("a@example.com", "样例厂", "样例路二号")
    assert (after.name, after.birth_date, after.institution) == (person.name, person.birth_date, None)
    assert (user.is_staff, user.is_superuser, set(user.role_names)) == (False, False, {"candidate"})


@pytest.mark.django_db
def test_the_profile_shows_masked_numbers_only(client: Client) -> None:
    person = builders.a_candidate(phone=PHONE)
    sign_in(client, PHONE)
    page = client.get("/accounts/profile/").content.decode()
    assert person.documents.get().number not in page
    assert PHONE not in page
    assert "139****5678" in page


@pytest.mark.django_db
def test_an_api_key_is_shown_once_and_can_be_withdrawn(client: Client) -> None:
    builders.a_candidate(phone=PHONE)
    sign_in(client, PHONE)
    page = client.post("/accounts/keys/", {"scopes": "marks:read", "days": "7"}, follow=True).content.decode()
    assert "只显示这一次" in page
    assert "只显示这一次" not in client.get("/accounts/profile/").content.decode()
    key = User.objects.get().api_tokens.get()
    other = Client()
    sign_in(other, builders.a_candidate().phone)
    assert other.post(f"/accounts/keys/{key.pk}/withdraw/").status_code == 404
    client.post(f"/accounts/keys/{key.pk}/withdraw/")
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_the_console_provider_is_refused_on_a_production_database() -> None:
    with override_settings(EMBEDDED=False):
        assert [one.id for one in real_messages(None)] == ["people.E001"]
    with override_settings(EMBEDDED=False, SMS_PROVIDER="some.real.Provider"):
        assert real_messages(None) == []
    with override_settings(EMBEDDED=True):
        assert real_messages(None) == []


@pytest.mark.django_db
def test_spent_codes_and_old_troubles_are_forgotten(client: Client) -> None:
    client.post("/accounts/password/reset/", {"phone": PHONE})
    sign_in(client, "nobody", "wrong")
    assert forget_expired(builders.act(when="2020-01-01T00:00")) == 0
    assert forget_expired(builders.act(when="2099-01-01T00:00")) >= 2
    assert not PhoneCode.objects.exists()
    assert not SignInTrouble.objects.exists()
