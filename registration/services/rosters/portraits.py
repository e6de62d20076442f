"""Portraits of the people on a roster: normalised, without metadata, kept privately, one for each document number."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.photos import check_photo
from kupasi.people.storage import private_storage
from registration.models import Roster, RosterPhoto, RosterRow

from .drafts import lock_draft, reopen


def keep_portrait(row_id: int, data: bytes, *, by: Act) -> RosterPhoto:
    """Keep a portrait for the person of a row; an earlier one goes, a signature is void.

    Refuses with `check_photo`'s codes, `roster_frozen`, and `not_found` when the row left the list meanwhile.
    """
    content = check_photo(data)
    with transaction.atomic():
        roster = lock_draft(RosterRow.objects.values_list("roster", flat=True).get(pk=row_id))
        index = RosterRow.objects.current().filter(pk=row_id).values_list("number_index", flat=True).first()
        if index is None:
            raise Refusal("not_found", "这个人已不在名单上，请返回名单查看。", "通知 二(二)")
        return keep_content(roster, index, content, by=by)


def keep_content(roster: Roster, number_index: str, content: bytes, *, by: Act) -> RosterPhoto:
    """Write a portrait that was checked, in the caller's transaction with the roster locked; the same one only once."""
    digest = hashlib.sha256(content).hexdigest()
    photo = RosterPhoto.objects.select_for_update().filter(roster=roster, number_index=number_index).first()
    if photo is not None and photo.sha256 == digest:
        return photo
    old = photo.file.name if photo is not None else None
    photo = photo or RosterPhoto(roster=roster, number_index=number_index)
    photo.sha256, photo.created_at, photo.created_by = digest, by.at, by.person
    photo.file.save("photo.jpg", ContentFile(content), save=False)
    photo.save()
    if old:
        transaction.on_commit(lambda: private_storage.delete(old))
    record(by, "roster.photo_kept", photo, after={"roster": roster.pk, "sha256": digest})
    reopen(roster, by=by)
    return photo
