"""Papers for a site's day, made by the worker: asked for, claimed, drawn sitting by sitting, kept for some days."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q

from exams.enums import PrintKind, PrintState, Sheet
from exams.models import PrintRun, Room, Site
from kupasi import full_disk
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.storage import private_storage

from . import packets, room_papers, room_pdf

logger = logging.getLogger(__name__)
SILENT = timedelta(minutes=2)  # without progress for so long: its worker is gone
MOST_ATTEMPTS = 3
KEPT = timedelta(days=7)  # papers hold names and photos, and can be made again
CLAUSE = "本单位规定：考场材料"
WITH_PHOTOS = frozenset({Sheet.IDENTITY})
Clock = Callable[[], datetime]


class LostError(Exception):
    """Another worker holds the run by now."""


@transaction.atomic
def ask(*, site_id: int, on: date, by: Act, sheets: Collection[str] = (), room_id: int | None = None) -> PrintRun:
    """Ask for room papers, of a room or of all; what waits already for the same person and choice is returned.

    Refuses with `no_sheets`, `wrong_room`, `no_sittings`.
    """
    chosen = [one.value for one in Sheet if one.value in sheets]
    if not chosen:
        raise Refusal("no_sheets", "请至少选择一种材料。", CLAUSE)
    site = Site.objects.select_for_update().get(pk=site_id)
    if room_id is not None and not Room.objects.filter(pk=room_id, site=site).exists():
        raise Refusal("wrong_room", "所选考场不在这个考核点，请重新选择。", CLAUSE)
    if not room_papers.sittings_of(site, on=on, room_id=room_id).exists():
        raise Refusal("no_sittings", "所选考核点（考场）这一天没有考试安排，请核对日期。", CLAUSE)
    return _queued(PrintKind.PAPERS, site, on=on, by=by, sheets=chosen, room_id=room_id)


@transaction.atomic
def ask_packet(*, site_id: int, on: date, by: Act) -> PrintRun:
    """Ask for a site's packet. Refuses with `no_tickets`."""
    site = Site.objects.select_for_update().get(pk=site_id)
    packets.expect_tickets(site, on=on)
    return _queued(PrintKind.PACKET, site, on=on, by=by, sheets=[], room_id=None)


def _queued(kind: PrintKind, site: Site, *, on: date, by: Act, sheets: list[str], room_id: int | None) -> PrintRun:
    same = PrintRun.objects.filter(kind=kind, site=site, on=on, room=room_id, asked_by=by.person)
    waiting = next((one for one in same.filter(state=PrintState.QUEUED) if one.sheets == sheets), None)
    if waiting is not None:
        return waiting
    run = PrintRun.objects.create(
        kind=kind, site=site, on=on, room_id=room_id, sheets=sheets, asked_at=by.at, asked_by=by.person
    )
    record(by, "print.asked", run, after={"kind": kind, "on": on, "sheets": sheets})
    return run


def due(at: datetime) -> list[int]:
    """Runs that nobody works on: those that wait, and those whose worker has been silent."""
    return list(PrintRun.objects.filter(_free(at)).order_by("pk").values_list("pk", flat=True))


def _free(at: datetime) -> Q:
    return Q(state=PrintState.QUEUED) | Q(state=PrintState.WORKING, beat_at__lt=at - SILENT)


def work(run_id: int, *, by: Act, now: Clock) -> None:
    """Make what a run asks for, unless somebody else does. A run that stops unexpectedly is tried three times."""
    token = secrets.token_hex(16)
    claimed = PrintRun.objects.filter(_free(now()), pk=run_id).update(
        state=PrintState.WORKING, claim=token, beat_at=now(), attempts=F("attempts") + 1, done=0
    )
    if not claimed:
        return
    run = PrintRun.objects.select_related("site", "asked_by").get(pk=run_id)
    try:
        _make(run, by=by, now=now)
    except LostError:
        return
    except Refusal as refusal:
        if full_disk.is_full(refusal):  # it stays in hand, silent, and is tried again until there is room
            PrintRun.objects.filter(pk=run_id, claim=run.claim).update(claim="", attempts=0, problem=refusal.sentence)
        else:
            _fail(run, refusal.sentence, by=by)
    except Exception:
        logger.exception("print run %s stopped", run_id)
        if run.attempts >= MOST_ATTEMPTS:
            _fail(run, "制作时多次出错，请稍后重新申请；仍不行的，请联系系统管理员。", by=by)
        else:
            PrintRun.objects.filter(pk=run_id, claim=run.claim).update(state=PrintState.QUEUED, claim="")


def _make(run: PrintRun, *, by: Act, now: Clock) -> None:
    def progress(done: int, total: int) -> None:
        moved = PrintRun.objects.filter(pk=run.pk, claim=run.claim).update(done=done, total=total, beat_at=now())
        if not moved:
            raise LostError

    if run.kind == PrintKind.PACKET:
        asked = Act(actor=run.asked_by, at=by.at)
        packet = packets.make_packet(run.site_id, on=run.on, by=asked, progress=progress)
        _finish(run, by=by, packet_id=packet.pk)
        return
    with private_storage.scratch() as whole:
        room_pdf.join(_parts(run, progress), whole)
        whole.flush()
        with transaction.atomic():
            run.file.save("papers.pdf", File(whole), save=False)
            _finish(run, by=by, file=run.file.name)


def _parts(run: PrintRun, progress: Callable[[int, int], None]) -> Iterator[bytes]:
    """Room by room and sheet by sheet, in the order in which they are used."""
    sheets = [Sheet(code) for code in run.sheets]
    sittings = list(room_papers.sittings_of(run.site, on=run.on, room_id=run.room_id))
    if not sittings:
        raise Refusal("no_sittings", "考试安排已有变动，这一天没有考试了。", CLAUSE)
    if Sheet.SCHEDULE in sheets:
        plain = [room_papers.gather(one, user=run.asked_by, photos=False) for one in sittings]
        yield room_pdf.draw_schedule(plain)
    for number, sitting in enumerate(sittings):
        progress(number, len(sittings))
        facts = room_papers.gather(sitting, user=run.asked_by, photos=bool(WITH_PHOTOS & set(sheets)))
        yield from (room_pdf.draw(sheet, facts) for sheet in sheets if room_pdf.applies(sheet, facts))
    progress(len(sittings), len(sittings))


@transaction.atomic
def _finish(run: PrintRun, *, by: Act, **result: object) -> None:
    done = PrintRun.objects.filter(pk=run.pk, claim=run.claim).update(
        state=PrintState.DONE, claim="", finished_at=by.at, problem="", **result
    )
    if not done:
        raise LostError
    record(by, "print.made", run, after={"kind": run.kind})


@transaction.atomic
def _fail(run: PrintRun, why: str, *, by: Act) -> None:
    failed = PrintRun.objects.filter(pk=run.pk, claim=run.claim).update(
        state=PrintState.FAILED, claim="", finished_at=by.at, problem=why[:200]
    )
    if failed:
        record(by, "print.failed", run, after={"kind": run.kind})


def forget(*, by: Act) -> int:
    """Let go of papers that have been kept long enough, the file with the row; returns how many."""
    old = PrintRun.objects.filter(asked_at__lt=by.at - KEPT)
    gone = 0
    for run in old.exclude(state=PrintState.WORKING):
        with transaction.atomic():
            record(by, "print.forgotten", run)
            file, storage = run.file.name, run.file.storage
            run.delete()
        if file:
            storage.delete(file)
        gone += 1
    return gone
