"""A barred person who comes with another document: seen by the machine, decided by a human (rules E8, S5).

By a document of a list from the authorities the person is known for certain and the bar is registered. The same name
and birth date as on such a list, or the same picture as a barred person's, only holds the person's applications until
somebody with the documents in hand has looked.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from discipline.enums import Likeness
from discipline.models import Bar, BarLine, BarredPhoto, Resemblance
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.people.crypto import Unreadable
from kupasi.people.models import Candidate, IdentityDocument, Photo
from kupasi.people.photos import fingerprint
from kupasi.people.rules.likeness import are_alike, distance
from kupasi.people.services.persons import PersonFacts


def on_document(sender: Any, *, by: Act, document: IdentityDocument, facts: PersonFacts, **kwargs: Any) -> None:
    """Somebody is known by a document from now on: the lists that wait for it, and for the name, are asked."""
    from .bar_lists import bar_from_line, person_index

    person = document.candidate
    waiting = BarLine.objects.filter(bar=None, bar_list__taken_at__isnull=False, barred_until__gte=by.on)
    named = person_index(person.name, person.birth_date)
    asked = Q(number_index=document.number_index) | Q(person_index=named)
    for line in waiting.filter(asked).select_related("bar_list", "clause"):
        if line.number_index == document.number_index:
            bar_from_line(line, person, by=by)
        else:
            hold(person, line=line, by=by)


def on_photo(sender: Any, *, by: Act, photo: Photo, content: bytes, **kwargs: Any) -> None:
    """A new portrait: is it the picture of somebody who is barred?"""
    person = photo.candidate
    others = _barred_pictures(except_for=person, by=by)
    if not others:
        return
    mine = fingerprint(content)
    near = [(distance(mine, bits), twin) for twin, bits in others if are_alike(mine, bits)]
    for twin, far in {twin: far for far, twin in sorted(near, reverse=True)}.items():
        hold(person, twin_id=twin, far=far, by=by)


def _barred_pictures(*, except_for: Candidate, by: Act) -> list[tuple[int, int]]:
    """The pictures of everybody whose bar runs; what has no hash yet is given one."""
    barred = Bar.objects.in_force().filter(barred_until__gte=by.on).exclude(candidate=except_for).values("candidate")
    photos = Photo.objects.filter(candidate__in=barred).exclude(file="")
    hashed = set(BarredPhoto.objects.filter(photo__in=photos).values_list("photo", flat=True))
    for one in photos.exclude(pk__in=hashed):
        bits = _fingerprint(one)
        BarredPhoto.objects.get_or_create(photo=one, defaults={"bits": bits})
    rows = BarredPhoto.objects.filter(photo__in=photos).exclude(bits="")
    return [(person, int(bits, 16)) for person, bits in rows.values_list("photo__candidate", "bits")]


def _fingerprint(photo: Photo) -> str:
    """Empty for a file that cannot be read: nobody is held for it, and the nightly look at files names it."""
    try:
        with photo.file.open("rb") as file:
            return f"{fingerprint(file.read()):064x}"
    except (OSError, Unreadable, SyntaxError):
        return ""


def hold(
    person: Candidate, *, by: Act, twin_id: int | None = None, line: BarLine | None = None, far: int | None = None
) -> None:
    """Keep the person's applications from approval until a human has looked; once for each resemblance (E8)."""
    kind = Likeness.PHOTO if twin_id else Likeness.NAME
    if Resemblance.objects.filter(candidate=person, twin=twin_id, line=line, kind=kind).exists():
        return
    if twin_id and person.resembles_id == twin_id and not person.needs_identity_review:
        return  # looked at already, and settled
    Resemblance.objects.create(candidate=person, twin_id=twin_id, line=line, kind=kind, distance=far, found_at=by.at)
    before = {"review": person.needs_identity_review}
    person.needs_identity_review = True
    person.resembles_id = person.resembles_id or twin_id
    person.save(update_fields=["needs_identity_review", "resembles"])
    after = {"review": True, "kind": kind, "twin": twin_id, "line": line.pk if line else None}
    record(by, "candidate.resembles", person, before=before, after=after)


def reasons(person: Candidate) -> list[str]:
    """Why somebody is held, in words for whoever looks at the documents."""
    rows = Resemblance.objects.filter(candidate=person).select_related("twin", "line__bar_list", "line__clause")
    return [_words(one) for one in rows.order_by("pk")]


def _words(one: Resemblance) -> str:
    if one.line is not None:
        return (
            f"与{one.line.bar_list}所列人员同名同生日（证件尾号 {one.line.number_tail}，限至 {one.line.barred_until}）"
        )
    return f"照片与 #{one.twin_id} {one.twin} 的照片相像（差异 {one.distance}/256），此人在不得参加评价的期限内"
