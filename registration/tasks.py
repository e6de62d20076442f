"""Sweeps of the front desk: what is due and not done, one id per task."""

from __future__ import annotations

from celery import shared_task

from kupasi import clock
from kupasi.acts import Act

from .services import choices, deadlines, disruptions, invariants, recounting, roster_orders, webhooks
from .services.rosters import filing, forgetting, list_files, marked_files, photo_zips, telling, working


@shared_task
def lapse_unpaid() -> None:
    """Find whose time is over, and the partly paid that finance must look at."""
    now = clock.now()
    for pk in deadlines.lapse_due(now):
        lapse_one.delay(pk)
    for pk in deadlines.flag_due(now):
        flag_one.delay(pk)
    for pk in deadlines.without_original_due(now):
        end_one.delay(pk)
    for order in roster_orders.overdue(now):
        lapse_roster_order.delay(order.pk)
    for order in roster_orders.part_paid_overdue(now):
        flag_roster_order.delay(order.pk)
    for pk in roster_orders.lapse_people_due().values_list("pk", flat=True):
        lapse_of_roster.delay(pk)


@shared_task
def lapse_roster_order(order_id: int) -> None:
    """Close one order of a roster that nobody paid in time."""
    roster_orders.lapse_order(order_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def lapse_of_roster(application_id: int) -> None:
    """Let one person of a closed order lapse."""
    roster_orders.lapse_person(application_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def flag_roster_order(order_id: int) -> None:
    """Flag one partly paid order of a roster to finance."""
    roster_orders.flag_part_paid(order_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def send_webhooks() -> None:
    """Send the events that institutions' own systems wait for."""
    webhooks.send_due(by=Act.of_job("send-webhooks"))


@shared_task
def file_rosters() -> None:
    """Make applications of the rows of submitted rosters."""
    filing.file_some(by=Act.of_job("file-rosters"))


@shared_task
def confirm_paid() -> None:
    """Find the people of paid rosters who are not confirmed yet."""
    for pk in roster_orders.confirm_due().values_list("pk", flat=True):
        confirm_of_roster.delay(pk)


@shared_task
def tell_institutions() -> None:
    """Find what institutions were not told of: tickets to confirm, results, certificates to collect."""
    for news in telling.due(clock.now()):
        tell_institution.delay(*news)


@shared_task
def tell_institution(roster_id: int, what: str, newest: int) -> None:
    """Tell one institution of one thing."""
    telling.tell_one(telling.News(roster_id, what, newest), by=Act.of_job("tell-institutions"))


@shared_task
def confirm_of_roster(application_id: int) -> None:
    """Confirm one person of a paid roster."""
    roster_orders.confirm_one(application_id, by=Act.of_job("confirm-paid"))


@shared_task
def end_one(application_id: int) -> None:
    """End one application whose original never came."""
    deadlines.end_without_original(application_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def lapse_one(application_id: int) -> None:
    """Let one application lapse."""
    deadlines.lapse(application_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def flag_one(application_id: int) -> None:
    """Flag one partly paid application to finance."""
    deadlines.flag_part_paid(application_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def warn_unpaid() -> None:
    """Find whose payment is due soon."""
    now = clock.now()
    for pk in deadlines.warn_due(now):
        warn_one.delay(pk)
    for order in roster_orders.warn_due(now):
        warn_roster_order.delay(order.pk)


@shared_task
def warn_roster_order(order_id: int) -> None:
    """Warn one institution."""
    roster_orders.warn_order(order_id, by=Act.of_job("warn-unpaid"))


@shared_task
def warn_one(application_id: int) -> None:
    """Warn one person."""
    deadlines.warn(application_id, by=Act.of_job("warn-unpaid"))


@shared_task
def check_invariants() -> None:
    """Look whether the rows still agree; what does not is told once a day."""
    invariants.check(by=Act.of_job(invariants.JOB))


@shared_task
def work_on_rosters() -> None:
    """Find the files of institutions that wait for a worker, or lost theirs."""
    for pk in working.due(clock.now()):
        work_on_roster.delay(pk)


@shared_task
def make_marked_files() -> None:
    """Find the files that are to be made for institutions, or lost their worker; and those past their week."""
    now = clock.now()
    for pk in marked_files.due(now):
        make_marked_file.delay(pk)
    for pk in list_files.due(now):
        make_list_file.delay(pk)
    marked_files.drop_old(now)
    list_files.drop_old(now)


@shared_task
def make_marked_file(marked_id: int) -> None:
    """Make one marked workbook."""
    marked_files.process(marked_id, now=clock.now)


@shared_task
def make_list_file(file_id: int) -> None:
    """Make one large list."""
    list_files.process(file_id, by=Act.of_job("list-files"), now=clock.now)


@shared_task
def work_on_photos() -> None:
    """Find the zips of portraits that wait for a worker, or lost theirs."""
    for pk in photo_zips.due(clock.now()):
        work_on_photo_zip.delay(pk)


@shared_task
def work_on_photo_zip(zip_id: int) -> None:
    """Work off one zip; a second worker finds it taken and goes on."""
    photo_zips.process(zip_id, now=clock.now)


@shared_task
def work_on_roster(upload_id: int) -> None:
    """Read and judge one file; a second worker finds it taken and goes on."""
    working.process(upload_id, by=Act.of_job("roster-files"), now=clock.now)


@shared_task
def forget_rosters() -> None:
    """Find the lists whose people, files and portraits are past their time."""
    for pk in forgetting.due(clock.today()):
        forget_roster.delay(pk)


@shared_task
def forget_roster(roster_id: int) -> None:
    """Let go of one list."""
    forgetting.forget(roster_id, by=Act.of_job("forget-rosters"))


@shared_task
def work_on_disruptions() -> None:
    """Find who was not told of a cancelled or moved exam, and who did not answer in time."""
    for pk in disruptions.to_tell().values_list("pk", flat=True):
        tell_of_disruption.delay(pk)
    for pk in choices.silent(clock.today()).values_list("pk", flat=True):
        settle_silence.delay(pk)


@shared_task
def tell_of_disruption(choice_id: int) -> None:
    """Tell one person."""
    disruptions.tell(choice_id, by=Act.of_job("disruptions"))


@shared_task
def settle_silence(choice_id: int) -> None:
    """Do for one person what silence means."""
    choices.settle_silence(choice_id, by=Act.of_job("disruptions"))


@shared_task
def recount_deadlines() -> None:
    """Find days that were counted over a year which has become known."""
    for kind, key in recounting.due():
        recount_deadline.delay(kind, key)


@shared_task
def recount_deadline(kind: str, key: int) -> None:
    """Count one day again."""
    recounting.recount(kind, key, by=Act.of_job("recount-deadlines"))
