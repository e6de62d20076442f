"""A zip of portraits is worked off picture by picture: matched, or listed with a reason (通知 二(五))."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kupasi.errors import Refusal
from kupasi.people.models import User
from registration.enums import PhotoZipState, RosterStatus
from registration.models import Roster, RosterPhoto, RosterPhotoZip
from registration.services.rosters import photo_zips, signing
from tests import builders

from . import lists

pytestmark = pytest.mark.django_db
NOW = lists.NOW


@pytest.fixture
def clerk() -> User:
    return lists.a_member("institution_clerk", lists.a_school())


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.jpg", content)
    return out.getvalue()


def picture(width: int = 590) -> bytes:
    return builders.photo_bytes(width=width, height=width * 826 // 590)


def worked(roster: Roster, clerk: User, content: bytes) -> RosterPhotoZip:
    row = lists.a_photo_zip(roster, clerk, content)
    photo_zips.process(row.pk, now=lambda: builders.at(NOW))
    row.refresh_from_db()
    return row


def test_pictures_are_matched_and_the_others_listed_with_reasons(clerk: User) -> None:
    roster = lists.a_roster(clerk, photos=False)
    files = {
        lists.number_of(1): picture(590),
        f"{builders.hanzi(2)}{lists.number_of(2)}": picture(600),
        lists.number_of(50): picture(610),
        lists.number_of(3): builders.photo_bytes(ground="blue"),
    }
    row = worked(roster, clerk, packed(**files))
    assert (row.state, row.done, row.matched) == (PhotoZipState.DONE, 4, 2)
    assert {one["code"] for one in photo_zips.answers_of(row)} == {"unknown_number", "ground"}
    assert signing.without_photo(roster.pk).count() == 1
    assert not row.file


def test_what_is_kept_of_a_zip_is_sealed(clerk: User) -> None:
    from django.db import connection

    row = worked(lists.a_roster(clerk, photos=False), clerk, packed(**{lists.number_of(50): picture()}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM registration_rosterphotozip WHERE id = %s", [row.pk])
        assert lists.number_of(50) not in cursor.fetchone()[0]


def test_a_file_that_is_no_zip_fails_with_a_sentence(clerk: User) -> None:
    row = worked(lists.a_roster(clerk, photos=False), clerk, b"hello")
    assert row.state == PhotoZipState.FAILED
    assert row.findings[0]["code"] == "not_a_zip"


def test_one_zip_at_a_time_and_none_that_is_empty(clerk: User) -> None:
    roster = lists.a_roster(clerk)
    lists.a_photo_zip(roster, clerk)
    for content, code in ((b"PK", "upload_running"), (b"", "file_empty")):
        with pytest.RaisesExc(Refusal, check=lambda refusal, code=code: refusal.code == code):
            lists.a_photo_zip(roster, clerk, content)


def test_a_silent_worker_is_followed_by_another_and_nothing_is_kept_twice(clerk: User) -> None:
    roster = lists.a_roster(clerk, people=1, photos=False)
    row = lists.a_photo_zip(roster, clerk, packed(**{lists.number_of(1): picture()}))
    RosterPhotoZip.objects.filter(pk=row.pk).update(state="working", claim="dead", heartbeat=builders.at(NOW), done=1)
    assert photo_zips.due(builders.at(NOW)) == []
    later = builders.at("2025-05-20T09:02")
    assert photo_zips.due(later) == [row.pk]
    photo_zips.process(row.pk, now=lambda: later)
    row.refresh_from_db()
    assert (row.state, row.done, row.matched, RosterPhoto.objects.count()) == (PhotoZipState.DONE, 1, 1, 1)


def test_a_new_portrait_makes_a_signature_void(clerk: User) -> None:
    roster = lists.a_roster(clerk, people=1)
    lists.signed(roster, lists.a_member("institution_approver", lists.a_school()))
    worked(roster, clerk, packed(**{lists.number_of(1): picture(700)}))
    roster.refresh_from_db()
    assert roster.status == RosterStatus.DRAFT


def test_a_list_that_was_handed_in_takes_no_more(clerk: User) -> None:
    roster = lists.a_roster(clerk, people=1)
    row = lists.a_photo_zip(roster, clerk, packed(**{lists.number_of(1): picture(700)}))
    lists.signed(roster, lists.a_member("institution_approver", lists.a_school()))
    Roster.objects.filter(pk=roster.pk).update(status="submitted", submitted_at=builders.at(NOW))
    photo_zips.process(row.pk, now=lambda: builders.at(NOW))
    row.refresh_from_db()
    assert (row.state, row.findings[0]["code"]) == (PhotoZipState.FAILED, "roster_frozen")


def test_the_page_takes_a_zip_and_shows_what_came_of_it(clerk: User) -> None:
    roster, client = lists.a_roster(clerk, photos=False), builders.signed_in(clerk)
    file = SimpleUploadedFile("照片.zip", packed(**{lists.number_of(50): picture()}))
    assert client.post(reverse("institution-send-photos", args=[roster.pk]), {"file": file}).status_code == 302
    row = RosterPhotoZip.objects.get()
    page = reverse("institution-photos", args=[roster.pk])
    assert "hx-trigger" in client.get(page).content.decode()
    photo_zips.process(row.pk, now=lambda: builders.at(NOW))
    assert client.get(reverse("institution-photo-progress", args=[row.pk]))["HX-Refresh"] == "true"
    assert "unknown_number" in client.get(page).content.decode()
