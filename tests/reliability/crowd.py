"""Many made-up people at once, for load: rows in bulk, each with an account, a document, a portrait and a whole draft.

No audit lines are written for them: what is measured begins after they are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Max

from exams.enums import PlanStatus
from exams.models import ExamSession, Occupation, Plan, Subject, Window
from kupasi import clock
from kupasi.people.crypto import blind_index
from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.middleware import KEY as DEVICE_KEY
from kupasi.people.models import Candidate, ConsentText, IdentityDocument, Photo, User
from kupasi.people.rules import check_character, identity_key
from registration.enums import Step
from registration.models import Application, ApplicationItem
from registration.services.shown import token
from tests.builders import hanzi

OCCUPATION = "data-annotation"
BIRTH = date(1990, 3, 7)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Person:
    """What a client has to know of somebody: the draft, its token, and the cookie of a signed-in browser."""

    draft: int
    candidate: int
    cookie: str
    token: str


def open_now() -> Window:
    """A published window that is open today and tomorrow, whatever the day is."""
    today = clock.today()
    open_already = Window.objects.open_on(today).filter(closes_on__gt=today).first()
    if open_already is not None:
        return open_already
    Window.objects.open_on(today).delete()
    plan, _ = Plan.objects.get_or_create(year=today.year, defaults={"status": PlanStatus.PUBLISHED})
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.PUBLISHED)
    month = (today.replace(day=1) + timedelta(days=70)).replace(day=1)
    return Window.objects.create(
        plan=plan, opens_on=today - timedelta(days=1), closes_on=today + timedelta(days=1), exam_month=month
    )


def a_session(window: Window, *, capacity: int | None, occupation: str = OCCUPATION) -> ExamSession:
    """The session of an occupation in the window's exam month."""
    trade = Occupation.objects.get(code=occupation)
    places = {"capacity": capacity}
    return ExamSession.objects.update_or_create(occupation=trade, exam_month=window.exam_month, defaults=places)[0]


def people(count: int) -> list[Candidate]:
    """Persons with an account, a document and a portrait (its row: the file is never opened)."""
    first = (Candidate.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    users = User.objects.bulk_create([_user(first + index) for index in range(count)], batch_size=BATCH)
    role = Group.objects.get(name="candidate").pk
    User.groups.through.objects.bulk_create(
        [User.groups.through(user=user, group_id=role) for user in users], batch_size=BATCH
    )
    persons = Candidate.objects.bulk_create(
        [_candidate(first + index, user) for index, user in enumerate(users)], batch_size=BATCH
    )
    documents = [_document(first + index, person) for index, person in enumerate(persons)]
    IdentityDocument.objects.bulk_create(documents, batch_size=BATCH)
    portraits = [
        Photo(candidate=one, file="photos/none.jpg", sha256="0" * 64, created_at=clock.now()) for one in persons
    ]
    Photo.objects.bulk_create(portraits, batch_size=BATCH)
    return persons


def with_drafts(count: int, *, occupation: str = OCCUPATION) -> list[Person]:
    """Persons with a draft that lacks nothing, signed in."""
    persons = people(count)
    first, *_ = drafts_of(persons, occupation=occupation)
    cookies = signed_in([one.user for one in persons if one.user])
    drafts = Application.objects.filter(pk__gte=first.pk).order_by("pk")  # as they are stored: a token is taken of that
    rows = zip(drafts, cookies, strict=True)
    return [Person(draft.pk, draft.candidate_id, cookie, token(draft)) for draft, cookie in rows]


def drafts_of(persons: list[Candidate], *, occupation: str = OCCUPATION) -> list[Application]:
    """A whole draft for each."""
    return keep(whole_drafts(persons, occupation=occupation))


def whole_drafts(persons: list[Candidate], *, occupation: str = OCCUPATION) -> list[Application]:
    """A draft for each that lacks nothing, not yet stored."""
    trade = Occupation.objects.get(code=occupation)
    pledge = ConsentText.objects.filter(kind="pledge").latest("version")
    conditions = list(trade.conditions.filter(is_active=True).values_list("text", flat=True))
    one = persons[0]  # documents and portraits were made in the order of the persons, one each
    document = IdentityDocument.objects.get(candidate=one).pk - one.pk
    portrait = Photo.objects.get(candidate=one).pk - one.pk
    return [
        Application(
            candidate=one, occupation=trade, name=one.name, document_id=one.pk + document, photo_id=one.pk + portrait,
            education="bachelor", employer="样例公司", done_steps=[step.value for step in Step], pledge=pledge,
            conditions=conditions, pledged_at=clock.now(), created_at=clock.now(), created_by=one.user,
        )
        for one in persons
    ]  # fmt: skip


def keep(applications: list[Application]) -> list[Application]:
    """Store them with the subjects of their occupation."""
    kept = Application.objects.bulk_create(applications, batch_size=BATCH)
    subjects = list(Subject.objects.filter(occupation=kept[0].occupation_id))
    items = [ApplicationItem(application=one, subject=subject) for one in kept for subject in subjects]
    ApplicationItem.objects.bulk_create(items, batch_size=BATCH)
    return kept


def signed_in(users: list[User]) -> list[str]:
    """A session of each account, its device noted a moment ago; the session keys in order."""
    store, now = SessionStore(), clock.now()
    keys = [store._get_new_session_key() for _ in users]  # type: ignore[attr-defined]  # as Django itself makes one
    rows = [
        Session(
            session_key=key,
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                    DEVICE_KEY: (None, now.timestamp(), key),
                }
            ),
            expire_date=now + timedelta(days=2),
        )
        for user, key in zip(users, keys, strict=True)
    ]
    return [row.session_key for row in Session.objects.bulk_create(rows, batch_size=BATCH)]


def _user(number: int) -> User:
    return User(username=f"crowd-{number}", name=hanzi(number), password=f"!{number}")


def _candidate(number: int, user: User) -> Candidate:
    person = Candidate(
        user=user, name=hanzi(number), sex=Sex.MALE, birth_date=BIRTH, education="bachelor", employer="样例公司",
        created_at=clock.now(),
    )  # fmt: skip
    person.set_phone(f"188{number:08d}")
    return person


def _document(number: int, person: Candidate) -> IdentityDocument:
    stem = f"3{number // 1000 % 100000:05d}{BIRTH:%Y%m%d}{number % 1000:03d}"
    whole = stem + check_character(stem)
    return IdentityDocument(
        candidate=person, kind=DocumentKind.RESIDENT_ID, number=whole, number_tail=whole[-4:], is_primary=True,
        number_index=blind_index(*identity_key(DocumentKind.RESIDENT_ID, whole)), created_at=clock.now(),
    )  # fmt: skip
