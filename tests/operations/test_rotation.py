"""R23: keys are rotated online; nothing becomes unreadable, nothing is lost, search stays right."""

from __future__ import annotations

import base64
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from kupasi.audit.models import Entry
from kupasi.operations.services import rotation
from kupasi.people import crypto
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate
from kupasi.people.storage import private_storage
from tests import builders

from .places import ROOT, run, start

ROWS = int(os.environ.get("KUPASI_ROWS", "2000"))  # R23 promises 100,000
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ring(settings: Any) -> Iterator[Any]:
    """A ring of the test's own, which it may turn."""
    settings.FIELD_KEYS = (("old", secrets.token_bytes(32)),)
    crypto._ring.cache_clear()
    yield settings
    crypto._ring.cache_clear()


def turn(ring: Any, *, keep: bool = True) -> None:
    """A new key in front; the old ones stay behind it, or go."""
    old = ring.FIELD_KEYS if keep else ()
    ring.FIELD_KEYS = ((f"n{len(ring.FIELD_KEYS)}", secrets.token_bytes(32)), *old)
    crypto._ring.cache_clear()


def forget_old(ring: Any) -> None:
    """The old keys are taken out of the ring."""
    ring.FIELD_KEYS = ring.FIELD_KEYS[:1]
    crypto._ring.cache_clear()


def people(count: int) -> None:
    """Persons with a phone each, and a few files."""
    rows = []
    for number in range(count):
        person = Candidate(name="测试", sex=Sex.FEMALE, birth_date="1990-01-01", created_at=builders.at("2025-01-01"))
        person.set_phone(f"139{number:08d}")
        rows.append(person)
    Candidate.objects.bulk_create(rows, batch_size=1000)
    for number in range(20):
        private_storage.save(f"photos/{number}.jpg", ContentFile(f"face {number}".encode()))


def all_right(count: int) -> None:
    """Every row opens under the newest key alone, and is found by its number."""
    phones = list(Candidate.objects.order_by("phone_index").values_list("phone", "phone_index"))
    assert len(phones) == count
    assert all(crypto.blind_index("phone", phone) == index for phone, index in phones)
    assert {private_storage.open(f"photos/{n}.jpg").read() for n in range(20)} == {b"face %d" % n for n in range(20)}


def test_two_thousand_rows_with_exceptions_in_the_middle(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    people(ROWS)
    turn(ring)
    swap, calls = rotation.swap, iter(range(10**6))

    def breaks(*args: Any, **kwargs: Any) -> bool:
        if next(calls) % 450 == 449:
            raise RuntimeError("the power went")
        return swap(*args, **kwargs)

    monkeypatch.setattr(rotation, "swap", breaks)
    broken = 0
    for _ in range(50):
        try:
            rotation.rotate(by=builders.act())
            break
        except RuntimeError:
            broken += 1
            assert Candidate.objects.filter(phone_index=crypto.blind_index("phone", "13900000007")).get()
    assert broken >= 3
    forget_old(ring)
    all_right(ROWS)


def test_killed_again_and_again_it_still_finishes(ring: Any, tmp_path: Path) -> None:
    people(ROWS)
    turn(ring)
    for wait in (0.02, 0.1, 0.25, 0.4, 0.7):
        before = keys_in_use()
        process = start("rotate_keys", folder=tmp_path)
        while process.poll() is None and keys_in_use() == before:
            time.sleep(0.01)
        time.sleep(wait)
        process.kill()
        process.communicate()
    code, said = run("rotate_keys", folder=tmp_path)
    assert (code, said.count("打不开")) == (0, 0), said
    forget_old(ring)
    all_right(ROWS)


def keys_in_use() -> int:
    """How many rows stand under the newest key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM people_candidate")
        return sum(crypto.key_of(base64.b64decode(row[0])) == crypto.newest_key() for row in cursor.fetchall())


def edited_meanwhile(ring: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The phone after somebody changed it between the rotation's reading and its writing."""
    people(1)
    turn(ring)
    person, fresh = Candidate.objects.get(), rotation._fresh

    def slow(stored: str, *, bound_to: str) -> str | None:
        found = fresh(stored, bound_to=bound_to)
        if bound_to == "people.candidate.phone":
            person.set_phone("13800000000")
            person.save()
        return found

    monkeypatch.setattr(rotation, "_fresh", slow)
    rotation.rotate(by=builders.act())
    return Candidate.objects.get().phone


def test_a_concurrent_edit_is_kept(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert edited_meanwhile(ring, monkeypatch) == "13800000000"


def test_without_compare_and_set_the_edit_would_be_lost(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(cursor: Any, column: Any, pk: Any, *, old: str, new: str) -> bool:
        table, name, key = rotation._names(column)
        cursor.execute(f"UPDATE {table} SET {name} = %s WHERE {key} = %s", [new, pk])
        return True

    monkeypatch.setattr(rotation, "swap", blind)
    assert edited_meanwhile(ring, monkeypatch) == "13900000000"


def test_second_factors_and_recovery_codes_go_along(ring: Any) -> None:
    user = builders.a_user("clerk")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(user).get_unused_codes()
    turn(ring)
    tally = rotation.rotate(by=builders.act())
    forget_old(ring)
    stored = {one.type: one for one in Authenticator.objects.filter(user=user)}
    assert RecoveryCodes(stored["recovery_codes"]).get_unused_codes() == codes
    assert crypto.decrypt(stored["totp"].data["secret"], bound_to="mfa") == "JBSWY3DPEHPK3PXP"
    assert (tally.changed, tally.passed, tally.unreadable) == (2, 0, [])


def test_a_dry_run_changes_nothing_and_a_run_leaves_one_audit_line(ring: Any) -> None:
    people(3)
    turn(ring)
    call_command("rotate_keys", "--dry-run")
    assert keys_in_use() == 0
    call_command("rotate_keys")
    assert keys_in_use() == 3
    line = Entry.objects.get(action="keys.rotate")
    assert (line.after["changed"], line.after["key"]) == (23, "n1")
    call_command("rotate_keys")
    assert Entry.objects.filter(action="keys.rotate").count() == 1


def test_what_no_key_opens_is_named_and_left_as_it_is(ring: Any) -> None:
    people(2)
    turn(ring, keep=False)
    with pytest.raises(CommandError, match="打不开"):
        call_command("rotate_keys")
    assert keys_in_use() == 0


def test_a_file_in_portions_goes_along_and_a_damaged_one_is_named(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kupasi.people.storage.LARGE", 10)
    whole, damaged = (private_storage.save("files/large.bin", ContentFile(b"a packet" * 10)) for _ in range(2))
    path = Path(private_storage.path(damaged))
    path.write_bytes(path.read_bytes()[:-1])
    turn(ring)
    with pytest.raises(CommandError, match="打不开"):
        call_command("rotate_keys")
    forget_old(ring)
    assert private_storage.open(whole).read() == b"a packet" * 10
    assert rotation.leftovers() == []


def test_a_file_deleted_meanwhile_stays_deleted(ring: Any) -> None:
    name = private_storage.save("photos/gone.jpg", ContentFile(b"x"))
    path = Path(private_storage.path(name))
    private_storage.delete(name)
    assert rotation._replace(path, [b"back again"]) is False
    assert not path.exists()
    assert rotation.leftovers() == []


STORED = {
    "kupasi/people/adapter.py",
    "kupasi/people/fields.py",
    "kupasi/people/storage.py",  # and sealed_files.py, which it alone uses
    "registration/services/rosters/lines.py",  # fills the column of an encrypted field, which the rotation finds
}
FOR_AN_HOUR = {  # in a session or in the cache: gone long before an old key is
    "kupasi/people/views/entry.py",
    "kupasi/people/views/invitations.py",
    "kupasi/people/views/own.py",
    "kupasi/people/services/sign_up.py",
    "registration/services/held_photo.py",
    "registration/views/filed.py",
}


def test_whatever_encrypts_is_known_to_the_rotation() -> None:
    """A new place that stores ciphertext must be added to the rotation first."""
    found = {
        str(path.relative_to(ROOT))
        for app in ("kupasi", "exams", "certificates", "discipline", "registration")
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"crypto\.encrypt|import .*\bencrypt", path.read_text(encoding="utf-8"))
    }
    assert found - {"kupasi/operations/services/rotation.py"} == STORED | FOR_AN_HOUR
