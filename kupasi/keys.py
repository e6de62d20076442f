"""The keys of an install: from the environment in production, made once and kept in DATA_DIR when embedded."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from kupasi.data_folder import usable

NAMES = ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEY", "SIGNING_KEY")


@dataclass(frozen=True, slots=True)
class Keys:
    """`fields` is newest first; the first encrypts, all decrypt. `signing` is an Ed25519 seed."""

    secret: str
    fields: tuple[tuple[str, bytes], ...]
    index: bytes
    signing: bytes


def make() -> dict[str, str]:
    """Fresh random keys in the form of the environment variables."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": f"k1:{text(secrets.token_bytes(32))}",
        "INDEX_KEY": text(secrets.token_bytes(32)),
        "SIGNING_KEY": text(secrets.token_bytes(32)),
    }


def load_keys(env: Env, data_dir: Path, *, embedded: bool) -> Keys:
    """The keys, or a refusal to start: a wrong or missing key must never overwrite or hide a row."""
    given = {name: env.str(name, default="") for name in NAMES}
    missing = [name for name, value in given.items() if not value]
    if missing and embedded:
        given |= {name: value for name, value in _kept(data_dir).items() if name in missing}
    elif missing:
        raise ImproperlyConfigured(f"设置了 DATABASE_URL 时密钥都由环境变量给出，还缺：{'、'.join(missing)}。")
    return _parse(given)


def _kept(data_dir: Path) -> dict[str, str]:
    """The embedded install's own keys, written once with access for its owner only."""
    path = data_dir / "keys.json"
    with usable(data_dir):
        if path.exists():
            return dict(json.loads(path.read_text(encoding="utf-8")))
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was faster
            return dict(json.loads(path.read_text(encoding="utf-8")))
    if (data_dir / "kupasi.sqlite3").exists():
        os.close(handle)
        path.unlink()
        raise ImproperlyConfigured("数据库在，keys.json 却不在：请先从备份恢复 keys.json 再启动。")
    fresh = make()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(fresh, file, indent=1)
    return fresh


def _parse(given: dict[str, str]) -> Keys:
    if len(given["SECRET_KEY"]) < 40:
        raise ImproperlyConfigured("SECRET_KEY must hold at least 40 characters.")
    entries = [part for part in given["FIELD_KEYS"].split(",") if part]
    ring = tuple(_named(entry, number) for number, entry in enumerate(entries, start=1))
    if not ring:
        raise ImproperlyConfigured("FIELD_KEYS is empty: give id:base64, newest first.")
    index, signing = _raw(given["INDEX_KEY"], "INDEX_KEY"), _raw(given["SIGNING_KEY"], "SIGNING_KEY")
    return Keys(secret=given["SECRET_KEY"], fields=ring, index=index, signing=signing)


def public_keys(given: str) -> tuple[bytes, ...]:
    """The public keys of seeds that signed once: what they signed stays true."""
    return tuple(_raw(part.strip(), "OLD_SIGNING_KEYS") for part in given.split(",") if part.strip())


def _named(entry: str, number: int) -> tuple[str, bytes]:
    """A key of the ring; a refusal counts the entries and repeats nothing of them, for it goes into logs."""
    name, colon, value = entry.partition(":")
    if not colon:
        raise ImproperlyConfigured(f"FIELD_KEYS, entry {number}: give id:base64.")
    return name, _raw(value, f"FIELD_KEYS, entry {number},")


def _raw(value: str, name: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not base64.") from error
    if len(raw) != 32:
        raise ImproperlyConfigured(f"{name} must hold 32 bytes.")
    return raw


def text(raw: bytes) -> str:
    """A key in the form of an environment variable."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
