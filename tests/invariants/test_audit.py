"""R28: every change has its one line in its transaction, and whoever alters history is named."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from certificates import services as certificates
from discipline import services as discipline
from discipline.models import Clause
from exams.services import settings as figures
from kupasi.audit import services as audit
from kupasi.audit import triggers
from kupasi.audit.models import Entry, Seal
from kupasi.operations.services import roots
from kupasi.people.models import User
from kupasi.people.services import staff
from registration.services import applications, drafts, review
from tests import builders
from tests.certificates import made
from tests.registration import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
Prepared = Callable[[], Any]
BY = builders.act


def submit() -> Prepared:
    draft = builders.a_draft()
    return lambda: applications.submit(draft.pk, by=BY(draft.candidate.user))


def approve() -> Prepared:
    application, clerk = desk.submitted(), builders.a_user("clerk")
    return lambda: review.approve(application.pk, by=BY(clerk))


def send_back() -> Prepared:
    application, clerk = desk.submitted(), builders.a_user("clerk")
    return lambda: review.send_back(application.pk, items={"photo": "不清晰"}, by=BY(clerk))


def reject() -> Prepared:
    application, clerk = desk.submitted(), builders.a_user("clerk")
    return lambda: review.reject(application.pk, reason="不符合", by=BY(clerk))


def withdraw() -> Prepared:
    application = desk.submitted()
    return lambda: applications.withdraw(application.pk, by=BY(application.candidate.user))


def receive_original() -> Prepared:
    application, clerk = desk.submitted(), builders.a_user("clerk")
    return lambda: review.receive_original(application.pk, by=BY(clerk))


def pay_half() -> Prepared:
    application, finance = desk.approved(builders.a_user("clerk")), builders.a_user("finance")
    return lambda: desk.pay(application, finance, amount=desk.FULL / 2)


def pay_all() -> Prepared:
    application, finance = desk.approved(builders.a_user("clerk")), builders.a_user("finance")
    return lambda: desk.pay(application, finance)


def start_draft() -> Prepared:
    person = builders.a_candidate()
    return lambda: drafts.start_draft(person, by=BY(person.user))


def register_bar() -> Prepared:
    person, clause, supervisor = builders.a_candidate(), Clause.objects.get(code="三1"), builders.a_user("supervisor")
    days = {"barred_from": date(2025, 5, 1), "barred_until": date(2025, 12, 31)}
    return lambda: discipline.register_bar(BY(supervisor), candidate=person, clause=clause, source="来文", **days)


def change_setting() -> Prepared:
    admin = builders.a_user("admin")
    return lambda: figures.change("result_working_days", 18, by=BY(admin), reason="试")


def set_roles() -> Prepared:
    user, admin = builders.a_user("clerk"), builders.a_user("admin")
    return lambda: staff.set_roles(user.pk, roles=["finance"], by=BY(admin), reason="调岗")


def void_certificate() -> Prepared:
    one, supervisor = made.issued(), builders.a_user("supervisor")
    return lambda: certificates.void(one.pk, reason="查实", by=BY(supervisor, made.LATER))


SERVICES: list[tuple[Callable[[], Prepared], dict[str, int]]] = [
    (submit, {"application.submitted": 1, "order.opened": 1}),
    (approve, {"application.approved": 1}),
    (send_back, {"application.returned": 1}),
    (reject, {"application.rejected": 1, "order.closed": 1}),
    (withdraw, {"application.withdrawn": 1, "order.closed": 1}),
    (receive_original, {"application.original_received": 1}),
    (pay_half, {"payment.recorded": 1}),
    (pay_all, {"payment.recorded": 1, "application.confirmed": 1, "entry.enrolled": 1}),
    (start_draft, {"application.started": 1}),
    (register_bar, {"bar.registered": 1}),
    (change_setting, {"setting.changed": 1}),
    (set_roles, {"role.grant": 1}),
    (void_certificate, {"certificate.voided": 1}),
]
NAMES = [made_by.__name__ for made_by, _ in SERVICES]


@pytest.mark.parametrize(("prepare", "lines"), SERVICES, ids=NAMES)
def test_a_change_writes_one_line_for_each_thing_it_changes(
    prepare: Callable[[], Prepared], lines: dict[str, int]
) -> None:
    call, before = prepare(), Entry.objects.count()
    call()
    written = Entry.objects.order_by("pk")[before:]
    assert Counter(one.action for one in written) == lines
    assert all(one.digest == audit.digest(one) and (one.actor_id or one.job) for one in written)


class Cut(Exception):
    """The power goes."""


@pytest.mark.parametrize("prepare", [one for one, _ in SERVICES], ids=NAMES)
def test_a_change_that_is_undone_leaves_no_line(prepare: Callable[[], Prepared]) -> None:
    call, before = prepare(), Entry.objects.count()
    with transaction.atomic():
        call()
        transaction.set_rollback(True)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("prepare", [one for one, _ in SERVICES], ids=NAMES)
def test_what_cannot_be_recorded_does_not_happen(
    prepare: Callable[[], Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise Cut

    call, before = prepare(), rows()
    with monkeypatch.context() as broken:
        broken.setattr(Entry, "save", breaks)
        broken.setattr(audit, "record_many", breaks)
        with pytest.raises(Cut):
            call()
    assert rows() == before


def rows() -> dict[str, list[Any]]:
    """Every row of the office's tables."""
    kept = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("registration_", "exams_", "certificates_", "discipline_", "people_user")):
                cursor.execute(f'SELECT * FROM "{table}"')
                kept[table] = sorted(map(repr, cursor.fetchall()))
    return kept


# --- the chain -------------------------------------------------------------------------------------------------------
@pytest.fixture
def history(clerk: User) -> list[int]:
    """Thirty sealed lines; the database's own guards are out of the way, as for somebody with its password."""
    for number in range(30):
        audit.record(
            builders.act(clerk), "test.done", clerk, before={"n": number}, after={"n": number + 1}, reason="因"
        )
    audit.seal()
    triggers.remove(connection)
    return list(Seal.objects.order_by("position").values_list("entry", flat=True))


COLUMNS = ["at", "job", "address", "action", "object_type", "object_id", "before", "after", "reason", "digest"]


@pytest.mark.parametrize("column", COLUMNS)
def test_one_altered_character_anywhere_is_named(history: list[int], column: str) -> None:
    chance = random.Random(column)
    with connection.cursor() as cursor:
        for _ in range(3):
            key = chance.choice(history)
            cursor.execute(f'SELECT CAST("{column}" AS text) FROM audit_entry WHERE id = %s', [key])
            was = cursor.fetchone()[0]
            cursor.execute(f'UPDATE audit_entry SET "{column}" = %s WHERE id = %s', [flipped(was, chance), key])
            assert audit.verify().broken_entry == key, (column, was)
            with pytest.raises(CommandError, match=str(key)):
                call_command("audit_verify")
            cursor.execute(f'UPDATE audit_entry SET "{column}" = %s WHERE id = %s', [was, key])
            assert audit.verify().whole


def flipped(text: str, chance: random.Random) -> str:
    """The text with one digit or letter changed, so that it still reads as what it was."""
    places = [place for place, char in enumerate(text) if char.isdigit() and text[place - 1 : place] != ":"]
    if not text or not places:
        return text[:-1] + ("x" if text[-1:] != "x" else "y")
    place = places[-1]
    return text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]


def test_an_altered_link_is_named(history: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_seal SET chain = %s WHERE position = 12", ["0" * 64])
    assert audit.verify().broken_entry == history[11]


def test_an_altered_line_with_its_digest_made_new_is_named(history: list[int]) -> None:
    entry = Entry.objects.get(pk=history[7])
    entry.reason = "另一个理由"
    with connection.cursor() as cursor:
        sql = "UPDATE audit_entry SET reason = %s, digest = %s WHERE id = %s"
        cursor.execute(sql, [entry.reason, audit.digest(entry), entry.pk])
    assert audit.verify().broken_entry == history[7]


def test_a_line_taken_out_of_the_middle_is_noticed(history: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_seal WHERE position = 12")
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [history[11]])
    assert audit.verify().broken_entry == history[12]


def test_the_last_lines_taken_away_are_found_by_the_root_kept_outside(history: list[int]) -> None:
    root = roots.take(by=builders.act(when="2025-05-21T00:10"))
    assert root is not None
    assert root.holds
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_seal WHERE position > 25")
        cursor.execute("DELETE FROM audit_entry WHERE id > %s", [history[24]])
    assert audit.verify().whole, "the chain alone cannot know what followed"
    assert not root.holds


def gathered_and_cut(admin: User) -> None:
    """A line whose block does not come to its end."""
    with audit.gathered():
        audit.record(BY(admin), "setting.changed", admin, after={"value": 3})
        raise Cut


def test_lines_gathered_are_written_together_and_none_of_a_block_that_failed() -> None:
    admin, before = builders.a_user("admin"), Entry.objects.count()
    with audit.gathered():
        for one in (1, 2):
            audit.record(BY(admin), "setting.changed", admin, after={"value": one})
        assert Entry.objects.count() == before
    assert [entry.after["value"] for entry in Entry.objects.order_by("pk")[before:]] == [1, 2]
    with pytest.raises(Cut):
        gathered_and_cut(admin)
    audit.record(BY(admin), "setting.changed", admin, after={"value": 4})
    assert Entry.objects.count() == before + 3
    audit.seal()
    assert audit.verify().whole
