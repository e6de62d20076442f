"""Zip archives encrypted with AES-256 (WinZip's AE-2), which 7-Zip, WinZip and the like open with a passphrase.

Entries are stored, not compressed: what is put in is compressed already.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import IO, BinaryIO

import pyzipper


class WrongPassphraseError(Exception):
    """The passphrase does not open the entry, or the entry was altered."""


class SealedZip:
    """An archive being written: `add` each entry, then `close`."""

    def __init__(self, out: BinaryIO, passphrase: str, *, at: datetime) -> None:
        self.moment = at.timetuple()[:6]
        self.archive = pyzipper.AESZipFile(out, "w", pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES)
        self.archive.setpassword(passphrase.encode())

    def add(self, name: str, content: bytes) -> None:
        """Put a file in under a name."""
        self.add_from(name, [content])

    def add_from(self, name: str, portions: Iterable[bytes]) -> None:
        """Put a file in under a name, portion by portion."""
        entry = self.archive.zipinfo_cls(filename=name, date_time=self.moment)
        entry.compress_type = pyzipper.ZIP_STORED
        entry.external_attr = 0o600 << 16
        with self.archive.open(entry, "w") as inside:
            for portion in portions:
                inside.write(portion)

    def close(self) -> None:
        """Write the directory."""
        self.archive.close()


def names(archive: BinaryIO) -> list[str]:
    """The entries of an archive; their names are not encrypted."""
    with zipfile.ZipFile(archive) as listed:
        return listed.namelist()


def read(archive: IO[bytes], name: str, *, passphrase: str) -> bytes:
    """The content of an entry, or `WrongPassphraseError`; KeyError for a name that is not there."""
    with pyzipper.AESZipFile(archive) as sealed:
        try:
            return bytes(sealed.read(name, pwd=passphrase.encode()))
        except (RuntimeError, pyzipper.BadZipFile) as error:
            raise WrongPassphraseError from error
