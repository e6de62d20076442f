"""Small builders of made-up people and things; deterministic, no mocks."""

from __future__ import annotations

import functools
import io
import itertools
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.test import Client
from PIL import Image, ImageDraw

from exams.models import OccupationCondition
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.people.crypto import blind_index
from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.models import Candidate, IdentityDocument, User
from kupasi.people.roles import STAFF
from kupasi.people.rules import check_character, identity_key
from registration.models import Application
from registration.services import applications, facts, notice

PASSWORD = "correct-horse-battery"
_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """A moment in Shanghai: at("2025-05-20T09:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def act(user: User | None = None, when: str | datetime = "2025-05-20T09:00", *, job: str = "test") -> Act:
    """An act of a person, or of a job when nobody is named."""
    moment = at(when) if isinstance(when, str) else when
    return Act(actor=user, at=moment, address="127.0.0.1", job="" if user else job)


def load_notice() -> None:
    """What the notice states."""
    notice.load_notice(by=act(when="2025-01-01T08:00"))


def hanzi(number: int) -> str:
    """A made-up name of hanzi alone: 试一二."""
    return "试" + str(number).translate(str.maketrans("0123456789", "零一二三四五六七八九"))


@functools.cache
def _password_hash() -> str:
    account = User()
    account.set_password(PASSWORD)
    return account.password


def a_user(role: str = "", *, name: str = "") -> User:
    """An account with one role of the permission matrix; the password is PASSWORD."""
    number = next(_numbers)
    user = User(username=f"{role or 'user'}-{number}", name=name or f"测试{number}", is_staff=role in STAFF)
    user.password = _password_hash()
    user.save()
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def resident_id(birth: date = date(1990, 3, 7), *, seq: int | None = None, area: str = "310104") -> str:
    """A made-up resident number with a right check digit; an odd `seq` is male."""
    number = next(_numbers) if seq is None else seq
    stem = f"{area}{birth:%Y%m%d}{number % 1000:03d}"
    return stem + check_character(stem)


def a_candidate(
    *,
    name: str = "",
    birth: date = date(1990, 3, 7),
    number: str = "",
    phone: str = "",
    with_account: bool = True,
    when: str = "2025-01-01T09:00",
) -> Candidate:
    """A person with a resident id and, unless said otherwise, an account to sign in by phone."""
    serial = next(_numbers)
    number = number or resident_id(birth, seq=serial, area=f"3101{serial // 1000 % 90 + 10:02d}")
    user = a_user("candidate") if with_account else None
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    person = Candidate(user=user, name=name or hanzi(serial), sex=sex, birth_date=birth, created_at=at(when))
    person.set_phone(phone or f"199{serial:08d}")
    person.education, person.employer = "bachelor", "样例公司"
    person.save()
    if user is not None:
        user.set_phone(person.phone)
        user.name = person.name
        user.save()
    a_document(person, number=number, when=when)
    return person


def a_document(
    person: Candidate,
    *,
    number: str,
    kind: DocumentKind = DocumentKind.RESIDENT_ID,
    when: str = "2025-01-01T09:00",
    primary: bool = True,
) -> IdentityDocument:
    """The identity document of a person, found by its keyed hash."""
    key = identity_key(kind, number)
    return IdentityDocument.objects.create(
        candidate=person,
        kind=kind,
        number=number,
        number_index=blind_index(*key),
        number_tail=number[-4:],
        is_primary=primary,
        created_at=at(when),
    )


@functools.cache
def photo_bytes(*, width: int = 590, height: int = 826, ground: str = "white", fmt: str = "JPEG") -> bytes:
    """A made-up portrait on a plain ground, in the right ratio unless asked otherwise."""
    image = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.6), fill="#d9b08c")
    draw.rectangle((width * 0.2, height * 0.66, width * 0.8, height), fill="#30466b")
    for row in range(0, height, 7):  # some texture, as a camera gives
        draw.line((width * 0.2, row, width * 0.8, row), fill="#30466b" if row > height * 0.66 else None)
    out = io.BytesIO()
    image.save(out, fmt, quality=90)
    return out.getvalue()


def a_draft(
    person: Candidate | None = None, *, occupation: str = "data-annotation", when: str = "2025-05-20T09:00"
) -> Application:
    """A draft with all four steps filled in."""
    person = person or a_candidate()
    by = act(person.user, when)
    draft = applications.start_draft(person, by=by)
    identity = applications.Identity(name=person.name, education="bachelor", employer="样例公司")
    applications.save_identity(draft.pk, by=by, identity=identity)
    applications.save_photo(draft.pk, by=by, data=photo_bytes())
    applications.save_subjects(draft.pk, by=by, occupation=occupation)
    conditions = OccupationCondition.objects.filter(occupation__code=occupation, is_active=True)
    text = facts.pledge_text(by.on)
    applications.save_pledge(
        draft.pk,
        by=by,
        conditions=list(conditions.values_list("text", flat=True)),
        pledge_version=text.version if text else None,
    )
    draft.refresh_from_db()
    return draft


def an_application(
    person: Candidate | None = None, *, occupation: str = "data-annotation", when: str = "2025-05-20T09:00"
) -> Application:
    """A submitted application."""
    draft = a_draft(person, occupation=occupation, when=when)
    return applications.submit(draft.pk, by=act(draft.candidate.user, when))


def signed_in(user: User) -> Client:
    """A browser in which this person is signed in; staff have their second factor."""
    if user.is_staff:
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}})
    client = Client()
    client.force_login(user)
    return client
