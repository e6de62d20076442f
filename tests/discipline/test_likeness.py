"""The same picture under another name and document is held for a human; hardly anybody else's is (rules E8)."""

from __future__ import annotations

from datetime import date

import pytest

from discipline.models import Bar, BarredPhoto, Resemblance
from discipline.services import bars, forgetting
from kupasi.people.models import Candidate
from kupasi.people.photos import fingerprint, keep_photo
from kupasi.people.rules.likeness import are_alike, distance
from kupasi.people.services import settle_identity
from tests.builders import a_candidate, a_user, act, signed_in
from tests.discipline.faces import a_face, again, saved

PEOPLE = 200


def barred(face: int, *, until: date = date(2027, 5, 1)) -> Candidate:
    """Somebody with a portrait and a bar."""
    person, by = a_candidate(), act(a_user("supervisor"))
    keep_photo(person, saved(a_face(face)), by=by)
    bars.register_bar(
        by, candidate=person, clause=None, barred_from=date(2025, 5, 1), barred_until=until, source="来文"
    )
    return person


def test_two_hundred_pictures_sent_again_are_all_seen_and_few_innocents() -> None:
    faces = [a_face(seed) for seed in range(PEOPLE)]
    known = [fingerprint(saved(one)) for one in faces]
    assert all(are_alike(fingerprint(again(one)), bits) for one, bits in zip(faces, known, strict=True))
    innocents = [fingerprint(saved(a_face(1000 + seed))) for seed in range(PEOPLE)]
    held = sum(any(are_alike(one, bits) for bits in known) for one in innocents)
    assert held < 0.02 * PEOPLE


def test_bits_are_counted() -> None:
    assert (distance(0b1011, 0b1001), distance(0, 0)) == (1, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
class TestAtTheDesk:
    """With rows."""

    def test_the_picture_of_a_barred_person_holds_whoever_brings_it(self) -> None:
        known, other = barred(1), a_candidate()
        keep_photo(other, again(a_face(1)), by=act(other.user))
        other.refresh_from_db()
        assert (other.needs_identity_review, other.resembles_id) == (True, known.pk)
        assert not Bar.objects.filter(candidate=other).exists()
        page = signed_in(a_user("clerk")).get(f"/admin/people/candidate/{other.pk}/identity/").content.decode()
        assert "照片与" in page

    def test_what_a_human_settled_is_not_asked_again(self) -> None:
        barred(1)
        other = a_candidate()
        keep_photo(other, again(a_face(1)), by=act(other.user))
        settle_identity(other.pk, by=act(a_user("clerk")), reason="双胞胎，证件已核对")
        keep_photo(other, saved(a_face(1), 85), by=act(other.user, "2025-06-20T09:00"))
        other.refresh_from_db()
        assert not other.needs_identity_review
        assert Resemblance.objects.count() == 1

    def test_another_face_and_ones_own_pass(self) -> None:
        known, other = barred(1), a_candidate()
        for person, face in ((other, 2), (known, 1)):
            keep_photo(person, again(a_face(face)), by=act(person.user))
            person.refresh_from_db()
            assert not person.needs_identity_review

    def test_the_hash_is_kept_for_the_barred_alone_and_goes_with_the_bar(self) -> None:
        known, other = barred(1), a_candidate()
        keep_photo(other, saved(a_face(2)), by=act(other.user))
        assert set(BarredPhoto.objects.values_list("photo__candidate", flat=True)) == {known.pk}
        forgetting.forget(by=act(when="2027-05-02T09:00"))
        assert not BarredPhoto.objects.exists()

    def test_without_the_look_the_picture_would_pass(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("discipline.services.recognising.are_alike", lambda *_: False)
        barred(1)
        other = a_candidate()
        keep_photo(other, again(a_face(1)), by=act(other.user))
        other.refresh_from_db()
        assert not other.needs_identity_review
