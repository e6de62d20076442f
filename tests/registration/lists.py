"""Rosters for tests, written as the worker leaves them: an institution, its people, a file that was taken."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile

from exams.models import Occupation, Window
from kupasi.people.crypto import blind_index
from kupasi.people.models import Institution, Membership, User
from kupasi.people.rules import check_character, identity_key
from registration.enums import UploadState
from registration.models import Roster, RosterPhoto, RosterPhotoZip, RosterRow, RosterUpload
from registration.rules.roster_types import RowValues
from registration.services.rosters import photo_zips, signing, start_roster
from tests import builders

CODES = ("91310000MA1FL0000N", "91350100M000100Y43")
NOW = "2025-05-20T09:00"


def a_school(number: int = 0) -> Institution:
    """An institution whose code is right."""
    names = ("样例职业学校", "另一所学校")
    return Institution.objects.get_or_create(credit_code=CODES[number], defaults={"name": names[number]})[0]


def a_member(role: str, school: Institution) -> User:
    """Somebody who acts for it: institution_clerk or institution_approver."""
    user = builders.a_user(role)
    Membership.objects.create(user=user, institution=school)
    return user


def number_of(serial: int, *, birth: date = date(2003, 3, 7)) -> str:
    """A made-up resident number with a right check digit."""
    stem = f"310105{birth:%Y%m%d}{serial % 1000:03d}"
    return stem + check_character(stem)


def a_roster(
    clerk: User,
    *,
    people: int = 3,
    when: str = NOW,
    photos: bool = True,
    first: int = 1,
    occupation: str = "data-annotation",
) -> Roster:
    """A list that a clerk began, with so many good people on it, each with a portrait unless said otherwise."""
    if not Occupation.objects.exists():
        builders.load_notice()
    by = builders.act(clerk, when)
    window = Window.objects.public().get(opens_on__lte=by.on, closes_on__gte=by.on)
    roster = start_roster(clerk.membership.institution, window=window, by=by, label="数据班")
    upload = RosterUpload.objects.create(
        roster=roster, name="名单.xlsx", sha256="0" * 64, state=UploadState.TAKEN, uploaded_at=by.at, uploaded_by=clerk,
        rows=people, read=people, judged=people, stored=people, valid=people, new=people, taken_by=clerk,
        taken_at=by.at, judged_at=by.at,
    )  # fmt: skip
    Roster.objects.filter(pk=roster.pk).update(taken_by=clerk, taken_at=by.at)
    for serial in range(first, first + people):
        a_row(upload, serial, occupation=occupation)
        if photos:
            a_photo(roster, serial, clerk, when)
    roster.refresh_from_db()
    return roster


def a_row(upload: RosterUpload, serial: int, *, occupation: str = "data-annotation", **more: object) -> RosterRow:
    """A good row, current when the file was taken."""
    roster, number = upload.roster, number_of(serial)
    trade = Occupation.objects.get(code=occupation)
    index = blind_index(*identity_key("resident_id", number))
    values = RowValues(
        name=builders.hanzi(serial), document_kind="resident_id", number=number, sex="male" if serial % 2 else "female",
        birth_date=date(2003, 3, 7), education="college", phone=f"199{serial:08d}", employer="样例职业学校",
        class_name="一班", occupation=occupation, exam_kind="full", subjects=("theory", "practical"),
    )  # fmt: skip
    taken = upload.state == UploadState.TAKEN
    given = {
        "name": values.name, "number_index": index, "number_tail": number[-4:],
        "phone_index": blind_index("phone", values.phone), "class_name": "一班", "occupation": trade,
        "kind": "full", "subjects": ["theory", "practical"], "fee": Decimal("480.00"),
        "sealed": json.dumps({"values": values.as_dict(), "typed": _typed(values)}, ensure_ascii=False),
        "fingerprint": hashlib.sha256(number.encode()).hexdigest(), "is_valid": True, "is_current": taken,
        "claim": f"{roster.institution_id}:{roster.window_id}:{trade.pk}:{index}" if taken else None,
    } | more  # fmt: skip
    return RosterRow.objects.create(roster=roster, upload=upload, line=serial + 1, **given)


def _typed(values: RowValues) -> dict[str, str]:
    return {
        "name": values.name, "document_kind": "居民身份证", "number": values.number, "phone": values.phone,
        "class_name": values.class_name, "occupation": "人工智能数据标注", "subjects": "全部",
    }  # fmt: skip


def a_photo(roster: Roster, serial: int, clerk: User, when: str = NOW) -> RosterPhoto:
    """A portrait for one number of the list."""
    index, content = blind_index(*identity_key("resident_id", number_of(serial))), builders.photo_bytes()
    photo = RosterPhoto(
        roster=roster, number_index=index, sha256=hashlib.sha256(content).hexdigest(), created_at=builders.at(when),
        created_by=clerk,
    )  # fmt: skip
    photo.file.save("photo.jpg", ContentFile(content), save=False)
    photo.save()
    return photo


def a_photo_zip(roster: Roster, clerk: User, content: bytes = b"PK", when: str = NOW) -> RosterPhotoZip:
    """A zip that waits for the worker."""
    return photo_zips.accept_photos(roster.pk, content=content, by=builders.act(clerk, when))


def signed(roster: Roster, approver: User, *, when: str = NOW) -> Roster:
    """Signed by another person."""
    return signing.sign(roster.pk, seen=signing.list_hash(roster.pk), by=builders.act(approver, when))


def submitted(
    clerk: User,
    approver: User,
    *,
    people: int = 3,
    when: str = NOW,
    first: int = 1,
    occupation: str = "data-annotation",
) -> Roster:
    """Begun, signed by another person and handed in."""
    made = a_roster(clerk, people=people, when=when, first=first, occupation=occupation)
    roster = signed(made, approver, when=when)
    return signing.submit(roster.pk, by=builders.act(approver, when))
