"""The zip around a workbook, judged by its directory before anything is unpacked, and unpacked without trusting it.

Runs in the child process: standard library only.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from .limits import MEBIBYTE, Limits, RefusedError

CENTRAL = b"PK\x01\x02"
LOCAL = struct.Struct("<4s5H3L2H")
ENCRYPTED = 0x1
PIECE = 256 * 1024
SMALL_ENOUGH = MEBIBYTE  # below it a high ratio does no harm
MACROS = re.compile(r"(?i)(^|/)(vbaproject|vbadata)[^/]*$|(^|/)macrosheets/|(^|/)activex/")
UNSAFE = re.compile(r"^[/\\]|(^|[/\\])\.\.([/\\]|$)|^[A-Za-z]:|[\x00-\x1f\x7f]")
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
OTHER_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)


class Container:
    """The parts of a zip whose directory was found in order; reading counts what really comes out."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.content = content
        self.limits = limits
        self.unpacked = 0
        self.parts = {entry.filename: entry for entry in _entries(content, limits)}

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part, piece by piece, as far as its real size, its stated size and its checksum agree."""
        entry = self.parts.get(name)
        if entry is None:
            raise RefusedError("not_a_valid_workbook")
        size = crc = 0
        for piece in _inflated(self.content, entry):
            size += len(piece)
            self.unpacked += len(piece)
            if self.unpacked > self.limits.unpacked_bytes:
                raise RefusedError("too_big_unpacked")
            if size > entry.file_size:
                raise RefusedError("not_a_valid_workbook")
            crc = zlib.crc32(piece, crc)
            yield piece
        if (size, crc) != (entry.file_size, entry.CRC):
            raise RefusedError("not_a_valid_workbook")

    def xml(self, name: str) -> Iterator[bytes]:
        """An XML part, piece by piece; one with a document type, with entities, or in another encoding is refused."""
        tail = b""
        for number, piece in enumerate(self.pieces(name)):
            if number == 0 and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:200]):
                raise RefusedError("not_a_valid_workbook")
            if DOCTYPE.search(tail + piece) or (number == 0 and OTHER_ENCODING.search(piece[:400])):
                raise RefusedError("not_a_valid_workbook")
            tail = piece[-20:]
            yield piece

    def small(self, name: str, *, most: int = 4 * MEBIBYTE) -> bytes:
        """A whole XML part that cannot be large."""
        whole = bytearray()
        for piece in self.xml(name):
            whole += piece
            if len(whole) > most:
                raise RefusedError("too_big_unpacked")
        return bytes(whole)


def _entries(content: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    """The directory, judged: how many, how large, what names, no locks, no links, no macros."""
    if content.count(CENTRAL) > limits.entries:
        raise RefusedError("too_many_entries")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, UnicodeError, OSError) as error:
        raise RefusedError("not_a_valid_workbook") from error
    if len({entry.filename.casefold() for entry in entries}) < len(entries):
        raise RefusedError("not_a_valid_workbook")
    for entry in entries:
        _judge_entry(entry, limits)
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise RefusedError("too_big_unpacked")
    return entries


def _judge_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    if entry.flag_bits & ENCRYPTED:
        raise RefusedError("encrypted")
    if UNSAFE.search(entry.orig_filename) or UNSAFE.search(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
        raise RefusedError("odd_names")
    if MACROS.search(entry.filename):
        raise RefusedError("macro_not_accepted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedError("not_a_valid_workbook")
    if entry.file_size > max(SMALL_ENOUGH, limits.ratio * entry.compress_size):
        raise RefusedError("too_big_unpacked")


def _inflated(content: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What the bytes of an entry really hold, whatever the directory says; never more than a piece at once."""
    start = entry.header_offset
    header = content[start : start + LOCAL.size]
    if len(header) < LOCAL.size or header[:4] != b"PK\x03\x04":
        raise RefusedError("not_a_valid_workbook")
    name_size, extra_size = LOCAL.unpack(header)[-2:]
    start += LOCAL.size + name_size + extra_size
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + PIECE]) for at in range(0, len(packed), PIECE))
        return
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), PIECE):
            piece = machine.decompress(packed[at : at + PIECE], PIECE)
            while piece:
                yield piece
                piece = machine.decompress(machine.unconsumed_tail, PIECE)
    except zlib.error as error:
        raise RefusedError("not_a_valid_workbook") from error
