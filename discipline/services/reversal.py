"""Taking a decision back: exactly what its ledger says it took returns, and nothing else (rules S10)."""

from __future__ import annotations

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.enums import CaseStatus, Errand, Outcome
from discipline.models import Bar, Case, Effect, RegisterTask
from discipline.signals import decision_overturned
from exams.enums import EntryStatus
from exams.models import Entry, Mark
from kupasi.acts import Act
from kupasi.audit.services import record

from . import reseating
from .restoring import ANOTHER, BAR, CERTIFICATE, CHANGED, MARK, Restoring, is_as_left


def take_back(case: Case, *, by: Act) -> list[Effect]:
    """Give everything back, in the caller's transaction; returns the ledger with what came back and what could not."""
    effects = list(Effect.objects.select_for_update().filter(case=case).order_by("order"))
    restoring = Restoring(case, by, effects, _heirs(case))
    _lift_bars(restoring)
    _marks(restoring)
    _certificates(restoring)
    reseating.entries(restoring)
    decision_overturned.send(Case, case=case, restoring=restoring, by=by)
    reseating.seats(restoring)
    Effect.objects.bulk_update(effects, ["restored_at", "not_restored"])
    _tasks(restoring)
    return effects


def _heirs(case: Case) -> list[Case]:
    """Other decisions about the same person that stand."""
    rows = Case.objects.filter(
        candidate=case.candidate_id, decision__carried_out_at__isnull=False, decision__overturned_at=None
    )
    standing = rows.exclude(pk=case.pk).exclude(status=CaseStatus.OVERTURNED).exclude(decision__outcome=Outcome.DROP)
    return list(standing.select_related("decision__clause").order_by("pk"))


def _lift_bars(restoring: Restoring) -> None:
    for effect in restoring.of(BAR):
        bar = Bar.objects.select_for_update().get(pk=effect.object_id)
        if bar.lifted_at is None:
            bar.lifted_at = restoring.by.at
            bar.save(update_fields=["lifted_at"])
            record(restoring.by, "bar.lifted", bar, after={"lifted_at": bar.lifted_at})
        effect.restored_at = restoring.by.at


def _marks(restoring: Restoring) -> None:
    """Marks that no other standing decision cancels too; one that was cancelled before it existed is open again."""
    effects = restoring.of(MARK)
    found = Mark.objects.filter(pk__in=[one.object_id for one in effects]).select_related("seat")
    marks = {str(one.pk): one for one in found}
    for effect in effects:
        mark = marks.get(effect.object_id)
        heir = _cancelled_by(restoring.heirs, mark) if mark else None
        if heir is not None:
            restoring.pass_on(effect, heir)
    restoring.put_back(restoring.of(MARK))
    for effect in restoring.of(MARK):
        if effect.before is None:
            _open_mark(restoring, effect, marks.get(effect.object_id))


def _cancelled_by(heirs: list[Case], mark: Mark) -> Case | None:
    for heir in heirs:
        whole = heir.decision.clause.tier != 2
        if heir.entry_id == mark.seat.entry_id and (whole or heir.seat_id == mark.seat_id):
            return heir
    return None


def _open_mark(restoring: Restoring, effect: Effect, mark: Mark | None) -> None:
    if mark is None or not is_as_left(mark, effect):
        restoring.leave(effect, CHANGED)
        return
    record(restoring.by, "case.restored", mark, before=effect.after)
    entry_id = mark.seat.entry_id
    mark.delete()
    entry = Entry.objects.select_for_update().filter(pk=entry_id, status=EntryStatus.PUBLISHED).first()
    if entry is not None:  # its cancelled result went out meanwhile: the paper is to be marked and published after all
        entry.status = EntryStatus.SAT
        entry.save(update_fields=["status"])
        record(restoring.by, "entry.reopened", entry, after={"status": EntryStatus.SAT})
    effect.restored_at = restoring.by.at


def _certificates(restoring: Restoring) -> None:
    """Valid again with the same number, unless the marks stay cancelled or a newer certificate took its place."""
    heir = next((one for one in restoring.heirs if one.entry_id == restoring.case.entry_id), None)
    passed_on = any(one.label == MARK and one.not_restored == ANOTHER for one in restoring.effects)
    effects = restoring.of(CERTIFICATE)
    rows = restoring.rows(effects)
    valid = Certificate.objects.filter(candidate=restoring.case.candidate_id).exclude(status=CertificateStatus.VOID)
    taken = set(valid.values_list("occupation", flat=True))
    for effect in effects:
        row = rows.get(effect.object_id)
        if passed_on and heir is not None:
            restoring.pass_on(effect, heir)
        elif row is not None and row.occupation_id in taken:
            restoring.leave(effect, "此后已有同一职业的有效证书，以新证书为准")
    restoring.put_back(restoring.of(CERTIFICATE))


def _tasks(restoring: Restoring) -> None:
    """What the outside was told is told again the other way; what was not yet told need not be."""
    told = RegisterTask.objects.filter(case=restoring.case, errand=Errand.CORRECT)
    RegisterTask.objects.bulk_create(
        RegisterTask(
            case=restoring.case,
            register=one.register,
            errand=Errand.RESTORE,
            about=one.about,
            opened_at=restoring.by.at,
        )
        for one in told.order_by("pk")
    )
