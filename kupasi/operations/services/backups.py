"""Backups: one consistent dump, the private files, and a manifest that says what must be found again.

A backup is a folder that appears in one step when it is whole. The keys are not in it: what is encrypted stays
closed to whoever steals a backup. The database dump holds names in plain text, so the folder is for its owner only.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record, seal
from kupasi.clock import SHANGHAI
from kupasi.notices.models import JobRun
from kupasi.people.storage import private_storage

from . import rotation
from .snapshots import snapshot

MANIFEST = "manifest.json"
PREFIX, HALF = "kupasi-", ".half-"
KEEP = 14  # decided here: two weeks of daily backups
BLOCK = 1 << 20
Tell = Callable[[int], None]


def make(*, to: Path, by: Act, keep: int = KEEP, tell: Tell = lambda steps: None) -> Path:
    """Make a backup under `to` and return its folder. Raises OSError when the disk is full; nothing half is left."""
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    seal()  # so that the chain of the copy vouches for everything in it
    with _alone(to), _half(to) as folder:
        with snapshot() as view:
            tables = view.sums()
            dump = view.dump(folder)
        dump.chmod(0o600)
        names = list(_copy_files(folder / "private", tell))
        manifest = _manifest(folder, [dump.name, *names], tables, by=by)
        _write(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
        final = _free_name(to, at=by.at)
        folder.rename(final)
        _sync(to)
        _forget(to, keep=keep)
    _note(final.name, manifest, by=by)
    return final


def found_in(folder: Path) -> list[Path]:
    """The whole backups of a folder, the newest first."""
    return sorted((one.parent for one in folder.glob(f"{PREFIX}*/{MANIFEST}")), reverse=True)


def read_manifest(backup: Path) -> dict[str, Any]:
    """What a backup says of itself."""
    return dict(json.loads((backup / MANIFEST).read_text(encoding="utf-8")))


def sha256(path: Path) -> str:
    """The sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def product_version() -> str:
    """The version of the product that made it."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def key_marks() -> dict[str, Any]:
    """By which keys the backup opens: ids of the ring, and prints of the others from which no key follows."""
    prints = {"index": settings.INDEX_KEY, "signing": settings.SIGNING_KEY}
    marks = {name: hashlib.sha256(b"kupasi print" + key).hexdigest()[:12] for name, key in prints.items()}
    return {"fields": [name for name, _ in settings.FIELD_KEYS], **marks}


def _manifest(folder: Path, names: list[str], tables: dict[str, Any], *, by: Act) -> dict[str, Any]:
    return {
        "made_at": by.at.isoformat(),
        "version": product_version(),
        "database": names[0],
        "keys": key_marks(),
        "tables": tables,
        "files": {name: {"bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)} for name in names},
    }


def _copy_files(target: Path, tell: Tell) -> Iterator[str]:
    """After the dump, so that every file that a dumped row names was there already. They are encrypted as they lie."""
    root = Path(private_storage.location)
    target.mkdir(mode=0o700)
    for path in rotation.files():
        inside = path.relative_to(root)
        for parent in reversed(inside.parents):
            (target / parent).mkdir(mode=0o700, exist_ok=True)
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # withdrawn in this very moment: its row is newer than the dump, or names no file
            continue
        _write(target / inside, content)
        tell(1)
        yield f"private/{inside}"


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """One backup at a time; what a killed one left is cleared away."""
    with (to / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in to.glob(f"{HALF}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def _half(to: Path) -> Iterator[Path]:
    folder = to / f"{HALF}{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # renamed when all went well: then there is nothing to remove


def _free_name(to: Path, *, at: datetime) -> Path:
    stem = f"{PREFIX}{at.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"
    names = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    return next(to / name for name in names if not (to / name).exists())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget(to: Path, *, keep: int) -> None:
    """The oldest beyond `keep` go; only folders that are backups, and never the one just made."""
    for old in found_in(to)[max(keep, 1) :]:
        shutil.rmtree(old)


@transaction.atomic
def _note(name: str, manifest: dict[str, Any], *, by: Act) -> None:
    run, _ = JobRun.objects.get_or_create(job="backup", period=name.removeprefix(PREFIX)[:20], defaults={"at": by.at})
    rows = sum(one["rows"] for one in manifest["tables"].values())
    record(by, "backup.make", run, after={"name": name, "rows": rows, "files": len(manifest["files"]) - 1})
