"""Zip archives encrypted with AES-256 (WinZip's AE-2), which 7-Zip, WinZip and the like open with a passphrase.

Entries are stored, not compressed: what is put in is compressed already. Everything that encrypts comes from
`cryptography` and the standard library; written here are the container and the counter, which counts from the little
end, as the format asks and the library's own counter mode does not.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import struct
import zipfile
from datetime import datetime
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ROUNDS = 1000  # the format's; the strength lies in the passphrase, which must be a random one
SALT, KEY, CHECK, TAG, BLOCK = 16, 32, 2, 10, 16
METHOD, NEEDED, FLAGS = 99, 51, 0x0801  # AES; version 5.1; encrypted, the name in UTF-8
EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)  # AE-2, AES-256, stored
LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
LARGEST, MOST = 0xFFFFFFFE, 0xFFFE  # beyond these a zip has another form, which nobody needs here


class WrongPassphraseError(Exception):
    """The passphrase does not open the entry, or the entry was altered."""


class SealedZip:
    """An archive being written: `add` each entry, then `close`."""

    def __init__(self, out: BinaryIO, passphrase: str, *, at: datetime) -> None:
        self.out, self.passphrase = out, passphrase.encode()
        self.time = at.hour << 11 | at.minute << 5 | at.second // 2
        self.date = (at.year - 1980) << 9 | at.month << 5 | at.day
        self.directory: list[bytes] = []

    def add(self, name: str, content: bytes) -> None:
        """Put a file in under a name."""
        title, sealed, offset = name.encode(), _seal(content, self.passphrase), self.out.tell()
        if len(self.directory) >= MOST or offset + len(sealed) > LARGEST:
            raise ValueError("too large for one archive")
        common = (FLAGS, METHOD, self.time, self.date, 0, len(sealed), len(content), len(title), len(EXTRA))
        self.out.write(LOCAL.pack(b"PK\x03\x04", NEEDED, *common) + title + EXTRA + sealed)
        head = CENTRAL.pack(b"PK\x01\x02", NEEDED, NEEDED, *common, 0, 0, 0, 0, offset)
        self.directory.append(head + title + EXTRA)

    def close(self) -> None:
        """Write the directory."""
        offset, whole, count = self.out.tell(), b"".join(self.directory), len(self.directory)
        self.out.write(whole + END.pack(b"PK\x05\x06", 0, 0, count, count, len(whole), offset, 0))


def names(archive: bytes) -> list[str]:
    """The entries of an archive; their names are not encrypted."""
    with zipfile.ZipFile(io.BytesIO(archive)) as listed:
        return listed.namelist()


def read(archive: bytes, name: str, *, passphrase: str) -> bytes:
    """The content of an entry, or `WrongPassphraseError`; KeyError for a name that is not there."""
    with zipfile.ZipFile(io.BytesIO(archive)) as listed:
        entry = listed.getinfo(name)
    lengths = LOCAL.unpack_from(archive, entry.header_offset)[-2:]
    start = entry.header_offset + LOCAL.size + sum(lengths)
    return _open(archive[start : start + entry.compress_size], passphrase.encode())


def _seal(content: bytes, passphrase: bytes) -> bytes:
    salt = os.urandom(SALT)
    key, signing_key, check = _keys(passphrase, salt)
    body = _counted(content, key)
    return salt + check + body + hmac.digest(signing_key, body, "sha1")[:TAG]


def _open(sealed: bytes, passphrase: bytes) -> bytes:
    salt, given = sealed[:SALT], sealed[SALT : SALT + CHECK]
    body, tag = sealed[SALT + CHECK : -TAG], sealed[-TAG:]
    key, signing_key, check = _keys(passphrase, salt)
    whole = hmac.compare_digest(tag, hmac.digest(signing_key, body, "sha1")[:TAG])
    if given != check or not whole:
        raise WrongPassphraseError
    return _counted(body, key)


def _keys(passphrase: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    derived = hashlib.pbkdf2_hmac("sha1", passphrase, salt, ROUNDS, 2 * KEY + CHECK)
    return derived[:KEY], derived[KEY : 2 * KEY], derived[2 * KEY :]


def _counted(content: bytes, key: bytes) -> bytes:
    """Encrypt or decrypt: the content XOR the encrypted numbers 1, 2, 3, … of 128 bits, the little end first."""
    if not content:
        return b""
    blocks = -(-len(content) // BLOCK)
    numbers = b"".join(number.to_bytes(BLOCK, "little") for number in range(1, blocks + 1))
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # the numbers differ: counter mode
    stream = (encryptor.update(numbers) + encryptor.finalize())[: len(content)]
    return (int.from_bytes(content, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(content), "big")
