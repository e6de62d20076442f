"""Taking a judged file: the roster becomes what the file says, in one transaction, or stays as it was (R13, RF-048)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Institution
from registration.enums import UploadState
from registration.models import Roster, RosterRow, RosterUpload
from registration.rules.roster_people import ALREADY

from .drafts import CLAUSE, lock_draft, reopen
from .uploads import end_upload, expect_idle, locked_upload, move_upload

CHUNK = 2000


def claim_of(roster: Roster) -> Concat:
    """What a current row holds for its institution: window, occupation and person, once (rules E5, RF-048)."""
    stem = Value(f"{roster.institution_id}:{roster.window_id}:")
    return Concat(stem, Cast("occupation_id", CharField()), Value(":"), F("number_index"), output_field=CharField())


def take_all(upload_id: int, *, by: Act) -> RosterUpload:
    """Make the roster exactly what the file says. Repeating it returns the upload.

    Refuses with `rows_invalid` while any row is bad, nothing being written; `wrong_status`, `roster_frozen`, `stale`,
    `upload_running` (the next file is being compared with this one).
    """
    recheck(upload_id, by=by)
    with transaction.atomic():
        upload = lock_house(upload_id)
        if upload.state == UploadState.TAKEN:
            return upload
        if upload.invalid:
            message = f"还有 {upload.invalid} 行有误，名单没有改动。请改正后再采用，或选择“只采用合格的行”。"
            raise Refusal("rows_invalid", message, CLAUSE, invalid=upload.invalid)
        return _take(upload, by=by)


def take_valid(upload_id: int, *, by: Act) -> RosterUpload:
    """Make the roster the good rows of the file and leave the bad ones out: the second, explicit act.

    Refuses with `rows_invalid` when no row is good; the others as `take_all`. Repeating it returns it.
    """
    recheck(upload_id, by=by)
    with transaction.atomic():
        upload = lock_house(upload_id)
        if upload.state == UploadState.TAKEN:
            return upload
        if not upload.valid:
            raise Refusal("rows_invalid", "文件中没有合格的行，名单没有改动。请改正后再上传。", CLAUSE)
        return _take(upload, by=by)


@transaction.atomic
def recheck(upload_id: int, *, by: Act) -> int:
    """Mark the good rows whose person another list of this institution took meanwhile; how many (RF-048).

    In a transaction of its own, so that the marks stay when the taking itself is refused.
    """
    upload = lock_house(upload_id)
    if upload.state != UploadState.JUDGED:
        return 0
    expect_idle(upload.roster_id)
    rows = list(_taken_elsewhere(upload))
    for row in rows:
        row.findings, row.is_valid = [*row.findings, ALREADY.as_dict()], False
    RosterRow.objects.bulk_update(rows, ["findings", "is_valid"], batch_size=CHUNK)
    if rows:
        RosterUpload.objects.filter(pk=upload.pk).update(valid=F("valid") - len(rows), invalid=F("invalid") + len(rows))
        record(by, "roster.rows_rechecked", upload, after={"already_in_batch": len(rows)})
    return len(rows)


@transaction.atomic
def remove_row(row_id: int, *, by: Act) -> None:
    """Take one person off a roster that is not submitted. Repeating it changes nothing.

    Refuses with `roster_frozen`, `upload_running`.
    """
    roster = lock_draft(RosterRow.objects.values_list("roster", flat=True).get(pk=row_id))
    expect_idle(roster.pk)
    removed = RosterRow.objects.filter(pk=row_id, is_current=True).update(is_current=False, claim=None)
    if removed:
        record(by, "roster.row_removed", roster, before={"row": row_id})
        reopen(roster, by=by)


def removed_rows(upload: RosterUpload) -> QuerySet[RosterRow]:
    """The people on the roster who do not stand in a judged file, and would go when it is taken."""
    stays = RosterRow.objects.filter(upload=upload, replaces=OuterRef("pk"))
    return RosterRow.objects.current().filter(~Exists(stays), roster=upload.roster_id).exclude(upload=upload)


def lock_house(upload_id: int) -> RosterUpload:
    """The upload, its institution and roster locked: two lists of one institution are taken one after the other."""
    institution = RosterUpload.objects.values_list("roster__institution", flat=True).get(pk=upload_id)
    Institution.objects.select_for_update().get(pk=institution)
    return locked_upload(upload_id)


def _taken_elsewhere(upload: RosterUpload) -> QuerySet[RosterRow]:
    """Good rows of the file whose person and occupation stand on another list of the institution for the window."""
    roster = upload.roster
    others = RosterRow.objects.current().filter(roster__institution=roster.institution, roster__window=roster.window)
    same = others.exclude(roster=roster).filter(
        number_index=OuterRef("number_index"), occupation=OuterRef("occupation")
    )
    return RosterRow.objects.filter(Exists(same), upload=upload, is_valid=True)


def _take(upload: RosterUpload, *, by: Act) -> RosterUpload:
    roster = upload.roster
    expect_idle(roster.pk)
    if upload.state == UploadState.JUDGED and _taken_elsewhere(upload).exists():
        raise Refusal("stale", "刚才另一份名单先采用了其中的人员，请刷新页面后再试。", CLAUSE)
    upload.taken_at, upload.taken_by = by.at, by.actor
    move_upload(upload, UploadState.TAKEN, by=by, action="roster.taken")
    RosterRow.objects.filter(roster=roster, is_current=True).update(is_current=False, claim=None)
    good = RosterRow.objects.filter(upload=upload, is_valid=True)
    good.update(is_current=True, claim=claim_of(roster), replaces=None)
    for other in roster.uploads.filter(state=UploadState.JUDGED):
        end_upload(other, UploadState.DISCARDED, by=by, action="roster.upload_discarded")
    RosterRow.objects.filter(roster=roster, is_current=False).exclude(upload=upload).delete()
    reopen(roster, by=by)
    roster.taken_at, roster.taken_by = by.at, by.actor
    roster.save(update_fields=["taken_at", "taken_by"])
    return upload
