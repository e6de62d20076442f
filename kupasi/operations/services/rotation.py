"""Re-encrypting everything stored with the newest key of the ring, while the product runs.

Each value says under which key it stands, so there is no progress to keep: a run that was killed is run again and
finds what is left. A value is replaced only where it is still the one that was read (compare and set), so that a
change made meanwhile is never lost. The blind index hangs on a key of its own and is not touched.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.notices.models import JobRun
from kupasi.notices.services import once
from kupasi.people import crypto, sealed_files
from kupasi.people.fields import EncryptedTextField
from kupasi.people.storage import LOCK, PURPOSE, private_storage

if TYPE_CHECKING:
    Column = EncryptedTextField[Any, Any]

CHUNK = 200  # rows of one transaction: other writers wait for some milliseconds at most
MFA = "mfa"
Tell = Callable[[int], None]


@dataclass(slots=True)
class Tally:
    """What was looked at, changed, changed by somebody else meanwhile, and what no key of the ring opens."""

    seen: int = 0
    changed: int = 0
    passed: int = 0
    unreadable: list[str] = field(default_factory=list)


def columns() -> list[Column]:
    """Every encrypted column of the product, found by walking the models."""
    return [
        one
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for one in model._meta.local_fields
        if isinstance(one, EncryptedTextField)
    ]


def total() -> int:
    """How many values and files there are, for a progress bar."""
    rows = sum(one.model._base_manager.count() for one in columns())
    return int(rows + Authenticator.objects.count() + sum(1 for _ in files()))


def rotate(*, by: Act, tell: Tell = lambda steps: None) -> Tally:
    """Bring every stored value under the newest key; run it again when `passed` is not zero."""
    tally = Tally()
    for column in columns():
        _rotate_column(column, tally, tell=tell, write=True)
    _rotate_factors(tally, tell=tell, write=True)
    for path in files():
        _rotate_file(path, tally, write=True)
        tell(1)
    if tally.changed:
        _note(tally, by=by)
    return tally


def look(*, tell: Tell = lambda steps: None) -> Tally:
    """What `rotate` would change, without changing it; also the proof that the ring opens everything."""
    tally = Tally()
    for column in columns():
        _rotate_column(column, tally, tell=tell, write=False)
    _rotate_factors(tally, tell=tell, write=False)
    for path in files():
        _rotate_file(path, tally, write=False)
        tell(1)
    return tally


@transaction.atomic
def _note(tally: Tally, *, by: Act) -> None:
    """One line in the audit record: how many, under which key; never a key."""
    period = f"{crypto.newest_key()[:6]}@{by.at:%y%m%d%H%M%S}"
    once("rotate-keys", period, at=by.at)
    run = JobRun.objects.get(job="rotate-keys", period=period)
    after = {"key": crypto.newest_key(), "seen": tally.seen, "changed": tally.changed, "passed": tally.passed}
    record(by, "keys.rotate", run, after=after | {"unreadable": len(tally.unreadable)})


def _rotate_column(column: Column, tally: Tally, *, tell: Tell, write: bool) -> None:
    last: Any = None
    while chunk := _chunk(column, after=last):
        last = chunk[-1][0]
        with transaction.atomic(), connection.cursor() as cursor:
            for pk, stored in chunk:
                _rotate_value(cursor, column, pk, stored, tally, write=write)
        tell(len(chunk))


def _names(column: Column) -> tuple[str, str, str]:
    quote, meta = connection.ops.quote_name, column.model._meta
    return quote(meta.db_table), quote(str(column.column)), quote(str(meta.pk.column))


def _chunk(column: Column, *, after: Any) -> list[tuple[Any, str]]:
    """The next rows as they are stored, in order of their keys."""
    table, name, key = _names(column)
    start = "" if after is None else f"AND {key} > %s "
    sql = f"SELECT {key}, {name} FROM {table} WHERE {name} <> '' {start}ORDER BY {key} LIMIT {CHUNK}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [] if after is None else [after])
        return list(cursor.fetchall())


def _rotate_value(cursor: CursorWrapper, column: Column, pk: Any, stored: str, tally: Tally, *, write: bool) -> None:
    tally.seen += 1
    try:
        fresh = _fresh(stored, bound_to=column.bound_to)
    except (crypto.Unreadable, ValueError):
        tally.unreadable.append(f"{column.bound_to} {pk}")
        return
    if fresh is None:
        return
    if not write or swap(cursor, column, pk, old=stored, new=fresh):
        tally.changed += 1
    else:
        tally.passed += 1


def swap(cursor: CursorWrapper, column: Column, pk: Any, *, old: str, new: str) -> bool:
    """Put the new ciphertext in the place of the old one, if it still stands there."""
    table, name, key = _names(column)
    cursor.execute(f"UPDATE {table} SET {name} = %s WHERE {key} = %s AND {name} = %s", [new, pk, old])
    return bool(cursor.rowcount)


def _fresh(stored: str, *, bound_to: str) -> str | None:
    """The same plain text under the newest key; None when it is there already and opens."""
    plain = crypto.decrypt(stored, bound_to=bound_to)
    current = crypto.key_of(base64.b64decode(stored)) == crypto.newest_key()
    return None if current else crypto.encrypt(plain, bound_to=bound_to)


def _rotate_factors(tally: Tally, *, tell: Tell, write: bool) -> None:
    """Second-factor secrets, inside the sign-in library's JSON."""
    for factor in Authenticator.objects.order_by("pk").iterator():
        tally.seen += 1
        try:
            fresh = {name: _fresh_part(value, name=name) for name, value in factor.data.items()}
        except (crypto.Unreadable, ValueError):
            tally.unreadable.append(f"mfa {factor.pk}")
            continue
        if fresh != factor.data:
            rows = Authenticator.objects.filter(pk=factor.pk, data=factor.data)
            done = rows.update(data=fresh) if write else 1
            tally.changed, tally.passed = tally.changed + done, tally.passed + 1 - done
        tell(1)


def _fresh_part(value: Any, *, name: str) -> Any:
    if name == "migrated_codes":
        return [_fresh(code, bound_to=MFA) or code for code in value]
    if name in {"secret", "seed"} and value:
        return _fresh(value, bound_to=MFA) or value
    return value


def files() -> Iterator[Path]:
    """Every private file, without locks and what a killed run left half written."""
    root = Path(private_storage.location)
    yield from (one for one in sorted(root.rglob("*")) if one.is_file() and not one.name.startswith("."))


def _rotate_file(path: Path, tally: Tally, *, write: bool) -> None:
    """Written beside the old file and moved over it in one step; a file deleted meanwhile stays deleted."""
    tally.seen += 1
    try:
        with path.open("rb") as stored:
            start = stored.read(sealed_files.LONGEST_ID)
            if crypto.key_of(start) == crypto.newest_key():
                return
            stored.seek(0)
            fresh = _fresh_file(stored, start)
            done = _replace(path, fresh) if write else _opens(fresh)
    except FileNotFoundError:
        tally.passed += 1
        return
    except crypto.Unreadable:
        tally.unreadable.append(f"file {path.name}")
        return
    tally.changed, tally.passed = tally.changed + done, tally.passed + 1 - done


def _fresh_file(stored: BinaryIO, start: bytes) -> Iterator[bytes]:
    """What is to be stored in place of a file, under the newest key: a large one portion by portion."""
    if not sealed_files.is_in_portions(start):
        yield crypto.encrypt_bytes(crypto.decrypt_bytes(stored.read(), bound_to=PURPOSE), bound_to=PURPOSE)
        return
    reader = sealed_files.Reader(stored, bound_to=PURPOSE)
    yield from sealed_files.seal(iter(lambda: reader.read(sealed_files.PORTION), b""), bound_to=PURPOSE)


def _opens(content: Iterable[bytes]) -> bool:
    """True once everything was read; raises Unreadable."""
    return all(part is not None for part in content)


def _replace(path: Path, content: Iterable[bytes]) -> bool:
    half = path.with_name(f".{path.name}.new")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
    except crypto.Unreadable:
        half.unlink()
        raise
    with private_storage.alone():
        if path.exists():
            half.replace(path)
            return True
    half.unlink()
    return False


def leftovers() -> list[Path]:
    """Half-written files of a killed run: harmless, never referenced, removed by the next one."""
    root = Path(private_storage.location)
    return [one for one in root.rglob(".*.new") if one.is_file() and one.name != LOCK]


def models_with_files() -> list[tuple[type[models.Model], models.FileField]]:
    """Every column that names a private file."""
    return [
        (model, one)
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for one in model._meta.local_fields
        if isinstance(one, models.FileField)
    ]
