"""Signing up (E8, E9; WB-006, WB-007, WB-041, WB-042)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate, Consent, IdentityDocument, PhoneCode, User
from tests import builders

from .pages import code_for, messages_to, sign_up_data

pytestmark = pytest.mark.django_db
PHONE = "13900000001"


def begin(client: Client, **changed: object) -> object:
    return client.post("/accounts/signup/", sign_up_data(**changed))


def finish(client: Client, code: str) -> object:
    return client.post("/accounts/signup/code/", {"code": code})


def test_a_person_signs_up_in_two_pages_and_is_signed_in(client: Client) -> None:
    before = client.session.session_key
    assert begin(client).url == "/accounts/signup/code/"
    response = finish(client, code_for(PHONE))
    person = Candidate.objects.get()
    assert response.url == "/accounts/start/"
    assert int(client.session["_auth_user_id"]) == person.user_id
    assert client.session.session_key != before
    assert (person.name, person.birth_date, person.sex) == ("测试甲", date(1990, 3, 7), "male")
    assert Consent.objects.get().text.version == 1
    assert Entry.objects.filter(action="account.register").count() == 1


def test_nothing_is_kept_before_the_code(client: Client) -> None:
    begin(client)
    assert not User.objects.exists()
    assert not Candidate.objects.exists()


def test_the_waiting_registration_is_sealed_in_the_session(client: Client) -> None:
    begin(client)
    words = str(dict(client.session))
    assert PHONE not in words
    assert "测试甲" not in words


def test_the_consent_is_not_ticked_beforehand_and_is_asked_for(client: Client) -> None:
    page = client.get("/accounts/signup/").content.decode()
    assert "checked" not in page
    assert "agree" in begin(client, agree=None).context["form"].errors


def test_an_old_text_version_is_refused(client: Client) -> None:
    response = begin(client, text_id=99999)
    assert response.context["form"].has_error("__all__", "old_text")


@pytest.mark.parametrize("text_id", [None, "x", ""])
def test_a_page_without_its_text_version_says_what_to_do(client: Client, text_id: object) -> None:
    assert begin(client, text_id=text_id).context["form"].errors["text_id"] == ["页面已过期，请刷新页面后重新填写。"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("birth_date", "90/3/7"), ("sex", "x"), ("kind", "military"), ("name", "测" * 101), ("phone", "1" * 21)],
)
def test_a_fault_is_told_in_plain_words(client: Client, field: str, value: str) -> None:
    told = begin(client, **{field: value}).context["form"].errors[field][0]
    assert told.startswith(("请", "最多"))
    assert not {"变量", "有效的", "字符数"} & set(re.findall("变量|有效的|字符数", told))


def test_fifteen_years_are_too_young(client: Client) -> None:
    response = begin(client, number=builders.resident_id(date(2099, 1, 1), seq=1))
    assert response.context["form"].has_error("number", "bad_birth_date")
    response = begin(client, number=builders.resident_id(date(2016, 1, 1), seq=1))
    assert response.context["form"].has_error("__all__", "too_young")


def test_a_passport_needs_birth_date_sex_and_country(client: Client) -> None:
    form = begin(client, kind="passport", number="E87654321").context["form"]
    assert set(form.errors) == {"birth_date", "sex", "country"}
    assert form.needs_more
    data = {"kind": "passport", "number": "E87654321", "birth_date": "1990-03-07", "sex": "female", "country": "FRA"}
    assert begin(client, **data).status_code == 302


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123"])
def test_weak_passwords_are_refused(client: Client, password: str) -> None:
    said = "".join(begin(client, password=password).context["form"].errors["password"])
    assert said
    assert not any(letter.isascii() and letter.isalpha() for letter in said)


def test_a_known_phone_is_answered_like_a_new_one(client: Client) -> None:
    owner = builders.a_candidate(phone=PHONE)
    known = begin(client, number=builders.resident_id(seq=555))
    fresh = begin(Client(), phone="13900000002", number=builders.resident_id(seq=777))
    assert (known.status_code, known.url) == (fresh.status_code, fresh.url)
    assert "已有账号" in messages_to(PHONE)[-1]
    assert Notice.objects.filter(user=owner.user, kind="sign_up_again", channel="in_app").count() == 1
    assert finish(client, "000000").context["form"].has_error("code", "code_wrong")


def test_a_known_document_is_answered_like_a_new_one_and_never_named(client: Client) -> None:
    owner = builders.a_candidate()
    number = owner.documents.get().number
    response = begin(client, number=number.lower(), name=owner.name)
    assert response.url == "/accounts/signup/code/"
    assert "人工核对" in messages_to(PHONE)[-1]
    assert "登记" not in messages_to(PHONE)[-1]
    assert finish(client, "123456").status_code == 400
    assert User.objects.count() == 1


def test_a_person_from_the_counter_claims_the_record_with_the_same_phone(client: Client) -> None:
    owner = builders.a_candidate(name="测试乙", phone=PHONE, with_account=False)
    begin(client, number=owner.documents.get().number, name="测试乙")
    finish(client, code_for(PHONE))
    owner.refresh_from_db()
    assert owner.user is not None
    assert Candidate.objects.count() == 1


def test_a_resembling_person_is_flagged_for_review(client: Client) -> None:
    twin = builders.a_candidate(name="测试甲", birth=date(1990, 3, 7))
    data = {"kind": "passport", "number": "E87654321", "birth_date": "1990-03-07", "sex": "male", "country": "FRA"}
    begin(client, **data)
    finish(client, code_for(PHONE))
    newcomer = Candidate.objects.get(documents__kind="passport")
    assert newcomer.needs_identity_review
    assert newcomer.resembles == twin


def test_a_code_is_dead_after_five_tries(client: Client) -> None:
    begin(client)
    code = code_for(PHONE)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert finish(client, wrong).status_code == 400
    assert finish(client, code).status_code == 400
    assert not User.objects.exists()


def test_a_thousand_guesses_open_nothing(client: Client) -> None:
    begin(client)
    code = code_for(PHONE)
    guesses = [f"{number:06}" for number in range(1001) if f"{number:06}" != code][:1000]
    assert {finish(client, one).status_code for one in guesses} == {400}
    assert finish(client, code).status_code == 400
    assert not User.objects.exists()


def test_a_code_opens_nothing_for_another_phone(client: Client) -> None:
    begin(client)
    other = Client()
    begin(other, phone="13900000002", number=builders.resident_id(seq=777))
    code = code_for(PHONE)
    if code != code_for("13900000002"):
        assert finish(other, code).status_code == 400


def test_a_code_works_once(client: Client) -> None:
    begin(client)
    thief = Client()
    thief.cookies = client.cookies.copy()
    code = code_for(PHONE)
    finish(client, code)
    assert PhoneCode.objects.get().used_at is not None
    again = Client()
    again.post("/accounts/password/reset/", {"phone": PHONE})
    data = {"code": code, "password": "another-long-passphrase", "again": "another-long-passphrase"}
    assert again.post("/accounts/password/reset/code/", data).status_code == 400


def test_one_address_cannot_try_thirty_identities(client: Client) -> None:
    codes = [begin(Client(), phone=f"139{n:08d}", number=builders.resident_id(seq=n)).status_code for n in range(30)]
    assert codes.count(302) == 20
    assert PhoneCode.objects.count() == 20


def test_one_phone_is_not_flooded(client: Client) -> None:
    begin(client)
    client.post("/accounts/signup/resend/")
    assert len(messages_to(PHONE)) == 1


def test_the_owner_takes_a_squatted_person_back_at_the_desk(client: Client, clerk: User) -> None:
    from kupasi.people.services import reclaim

    begin(client)
    finish(client, code_for(PHONE))
    person = Candidate.objects.get()
    reclaim(person.pk, phone="13900000009", by=builders.act(clerk), reason="本人持证件到场")
    assert client.get("/accounts/profile/").status_code == 302
    owner = Client()
    begin(owner, phone="13900000009")
    finish(owner, code_for("13900000009"))
    person.refresh_from_db()
    assert person.user.phone == "13900000009"
    assert IdentityDocument.objects.count() == 1


def test_the_message_is_shown_in_the_demonstration_only(client: Client, settings: object) -> None:
    begin(client)
    assert "演示环境" not in client.get("/accounts/signup/code/").content.decode()
    settings.DEMO = True
    shown = Client()
    begin(shown, phone="13900000002", number=builders.resident_id(seq=777))
    assert code_for("13900000002") in shown.get("/accounts/signup/code/").content.decode()
    settings.SMS_PROVIDER = "some.real.Provider"
    assert "演示环境" not in shown.get("/accounts/signup/code/").content.decode()
