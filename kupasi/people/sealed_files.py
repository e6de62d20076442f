"""Large files in portions: each encrypted and authenticated by itself, so that no file has to fit into memory.

`id~:` + salt + portions of a MiB. A file has a key of its own, derived from one of the ring with the salt; a portion's
nonce is its number and whether it is the last one, so that portions cannot be left out, cut off, repeated or moved.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from .crypto import Unreadable

PORTION = 1 << 20
SALT, TAG, NONCE = 16, 16, 12
IN_PORTIONS = "~"
LONGEST_ID = 64
PURPOSE = b"kupasi file in portions "


def seal(source: Iterable[bytes], *, bound_to: str) -> Iterator[bytes]:
    """What is stored for the bytes of `source`, under the newest key, a portion at a time."""
    name, key = settings.FIELD_KEYS[0]
    salt = os.urandom(SALT)
    box = _box(key, salt, bound_to)
    yield f"{name}{IN_PORTIONS}:".encode() + salt
    number, waiting = 0, bytearray()
    for piece in source:
        waiting += piece
        while len(waiting) > PORTION:  # the last one is known only when nothing follows
            yield box.encrypt(_nonce(number, last=False), bytes(waiting[:PORTION]), None)
            number += 1
            del waiting[:PORTION]
    yield box.encrypt(_nonce(number, last=True), bytes(waiting), None)


def sealed_size(plain: int) -> int:
    """How many bytes `seal` stores for so many."""
    portions = max(1, -(-plain // PORTION))
    return len(f"{settings.FIELD_KEYS[0][0]}{IN_PORTIONS}:") + SALT + plain + portions * TAG


def is_in_portions(start: bytes) -> bool:
    """Whether a stored file is of this kind, told by how it begins."""
    return start[:LONGEST_ID].partition(b":")[0].endswith(IN_PORTIONS.encode())


class Reader(io.RawIOBase):
    """A stored file, opened portion by portion wherever it is read; raises Unreadable."""

    def __init__(self, file: BinaryIO, *, bound_to: str) -> None:
        self.file = file
        name, _, rest = file.read(LONGEST_ID + 1 + SALT).partition(b":")
        key = dict(settings.FIELD_KEYS).get(name.decode("ascii", "replace").removesuffix(IN_PORTIONS))
        if key is None or len(rest) < SALT:
            raise Unreadable("no key of the ring fits")
        self.box = _box(key, rest[:SALT], bound_to)
        self.start = len(name) + 1 + SALT
        sealed = file.seek(0, io.SEEK_END) - self.start
        self.portions = max(1, -(-sealed // (PORTION + TAG)))
        self.length = sealed - self.portions * TAG
        self.at = 0
        self.held: tuple[int, bytes] = (-1, b"")
        self._portion(self.portions - 1)  # a file that was cut off is known before anything of it is used

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.length}[whence]
        self.at = max(0, base + offset)
        return self.at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub's buffer is wider
        if self.at >= self.length:
            return 0
        number, inside = divmod(self.at, PORTION)
        piece = self._portion(number)[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def close(self) -> None:
        self.file.close()
        super().close()

    def _portion(self, number: int) -> bytes:
        if self.held[0] != number:
            self.file.seek(self.start + number * (PORTION + TAG))
            sealed = self.file.read(PORTION + TAG)
            try:
                plain = self.box.decrypt(_nonce(number, last=number == self.portions - 1), sealed, None)
            except (InvalidTag, ValueError) as error:
                raise Unreadable("the file was altered, cut off or belongs elsewhere") from error
            self.held = (number, plain)
        return self.held[1]


def _box(key: bytes, salt: bytes, bound_to: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, PURPOSE + bound_to.encode()).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE - 1, "big") + bytes([last])
