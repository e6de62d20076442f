"""Two registrations of one person become one (rules E8): everything moves, a bar follows, nothing is thrown away."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from discipline import services as discipline
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, User
from kupasi.people.services.sessions import end_sessions

CLAUSE = "须知 一"
MERGED = "已合并"
CONTACTS = ("email", "education", "employer", "postal_address")
OWN = {"candidate"}  # tables of persons themselves: `resembles` and `merged_into` are told below
BOTH_HAVE = "两份登记在同一职业或同一评价月都有在办的申报、场次或有效证书，请先了结其中一份，再合并。"


@transaction.atomic
def merge(keep_id: int, *, other_id: int, by: Act, reason: str) -> Candidate:
    """Move everything of `other_id` to `keep_id`: documents, applications, entries, certificates, bars.

    What applications and certificates say stays as it was written. The account stays where there is one; a second
    one is closed. Doing it again changes nothing. Refuses `same_person`, `merge_conflict`.
    """
    if keep_id == other_id:
        raise Refusal("same_person", "这是同一份登记，不用合并。", CLAUSE)
    rows = {one.pk: one for one in Candidate.objects.select_for_update().filter(pk__in=[keep_id, other_id])}
    keep, other = rows[keep_id], rows[other_id]
    if other.merged_into_id == keep.pk:
        return keep
    if keep.merged_into_id or other.merged_into_id:
        raise Refusal("merge_conflict", "其中一份已经并入别的登记，请打开现在使用的那一份。", CLAUSE)
    moved = _move(keep, other)
    closed = _one_account(keep, other, by=by)
    _settle(keep, other)
    after = {"merged": other.pk, "moved": moved, "closed_account": closed}
    record(by, "candidate.merged", keep, after=after, reason=reason)
    discipline.follow(keep, by=by)
    return keep


def _move(keep: Candidate, other: Candidate) -> dict[str, int]:
    """Every row that points to the one points to the other; a row that both may not have refuses the whole."""
    other.documents.filter(is_primary=True).update(is_primary=not keep.documents.filter(is_primary=True).exists())
    moved: dict[str, int] = {}
    try:
        with transaction.atomic():
            for relation in Candidate._meta.related_objects:
                model, name = relation.related_model, relation.field.name
                if model._meta.model_name in OWN:
                    continue
                count = model._base_manager.filter(**{name: other.pk}).update(**{name: keep.pk})
                moved |= {model._meta.label_lower: count} if count else {}
    except IntegrityError as error:
        raise Refusal("merge_conflict", BOTH_HAVE, CLAUSE) from error
    return moved


def _one_account(keep: Candidate, other: Candidate, *, by: Act) -> int | None:
    """One account remains; the key of the one that was closed."""
    if other.user_id is None:
        return None
    account = User.objects.select_for_update().get(pk=other.user_id)
    other.user = None
    other.save(update_fields=["user"])
    if keep.user_id is None:
        keep.user = account
        keep.save(update_fields=["user"])
        return None
    account.is_active = False
    account.set_phone("")
    account.save(update_fields=["is_active", "phone", "phone_index"])
    end_sessions(account, by=by)
    return account.pk


def _settle(keep: Candidate, other: Candidate) -> None:
    """The person's contacts are filled up; what is left of the other row says only where it went."""
    for name in CONTACTS:
        setattr(keep, name, getattr(keep, name) or getattr(other, name))
        setattr(other, name, "")
    if not keep.phone and other.phone:
        keep.set_phone(other.phone)
    other.set_phone("")
    Candidate.objects.filter(resembles=other).exclude(pk=keep.pk).update(resembles=keep)
    if keep.resembles_id == other.pk:
        keep.resembles, keep.needs_identity_review = None, False
    other.resembles, other.needs_identity_review = None, False
    other.name, other.merged_into = MERGED, keep
    keep.save()
    other.save()
