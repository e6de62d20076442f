"""Large files in portions: what goes in comes out, from anywhere in it, and nothing altered passes."""

from __future__ import annotations

import io
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files import File
from django.core.files.base import ContentFile

from kupasi.people import sealed_files, storage
from kupasi.people.crypto import Unreadable
from kupasi.people.sealed_files import PORTION, Reader
from kupasi.people.storage import private_storage

MIB = 1 << 20


def sealed(plain: bytes) -> bytes:
    return b"".join(sealed_files.seal([plain], bound_to="file"))


def opened(stored: bytes, *, bound_to: str = "file") -> bytes:
    return Reader(io.BytesIO(stored), bound_to=bound_to).readall()


@pytest.mark.parametrize("size", [0, 1, PORTION - 1, PORTION, PORTION + 1, 3 * PORTION])
def test_what_goes_in_comes_out_and_takes_the_room_that_was_told(size: int) -> None:
    plain = os.urandom(size)
    stored = sealed(plain)
    assert opened(stored) == plain
    assert len(stored) == sealed_files.sealed_size(size)


def test_it_is_read_from_anywhere() -> None:
    plain = os.urandom(3 * PORTION)
    reader = io.BufferedReader(Reader(io.BytesIO(sealed(plain)), bound_to="file"))
    reader.seek(-10, io.SEEK_END)
    assert reader.read() == plain[-10:]
    reader.seek(PORTION - 5)
    assert reader.read(10) == plain[PORTION - 5 : PORTION + 5]


DAMAGES: dict[str, Callable[[bytes, int], bytes]] = {
    "a bit": lambda stored, head: stored[:-40] + bytes([stored[-40] ^ 1]) + stored[-39:],
    "the salt": lambda stored, head: stored[: head - 1] + bytes([stored[head - 1] ^ 1]) + stored[head:],
    "cut at a portion": lambda stored, head: stored[: head + PORTION + sealed_files.TAG],
    "cut anywhere": lambda stored, head: stored[:-1],
    "a portion left out": lambda stored, head: stored[:head] + stored[head + PORTION + sealed_files.TAG :],
    "nothing but the head": lambda stored, head: stored[:head],
    "not even the head": lambda stored, head: stored[: head - 1],
}


@pytest.mark.parametrize("what", list(DAMAGES))
def test_nothing_altered_passes(what: str) -> None:
    stored = sealed(os.urandom(PORTION + 100))
    with pytest.raises(Unreadable):
        opened(DAMAGES[what](stored, stored.index(b":") + 1 + sealed_files.SALT))


def test_a_file_opens_for_its_purpose_and_key_only() -> None:
    with pytest.raises(Unreadable):
        opened(sealed(b"x"), bound_to="elsewhere")
    with pytest.raises(Unreadable):
        opened(b"k9~:" + bytes(100))


def test_the_store_keeps_large_files_in_portions_and_small_ones_whole() -> None:
    large, small = os.urandom(storage.LARGE + 1), b"a face"
    names = [private_storage.save("files/x.bin", ContentFile(one)) for one in (large, small)]
    starts = [Path(private_storage.path(one)).read_bytes()[:64] for one in names]
    assert [sealed_files.is_in_portions(one) for one in starts] == [True, False]
    assert [private_storage.open(one).read() for one in names] == [large, small]
    assert [private_storage.size(one) for one in names] == [len(large), len(small)]


def test_a_large_file_never_fits_into_memory_twice() -> None:
    with private_storage.scratch() as given:
        for _ in range(40):
            given.write(bytes(MIB))
        given.flush()
        tracemalloc.start()
        name = private_storage.save("files/x.bin", File(given))
        with private_storage.open(name) as file:
            read = sum(len(piece) for piece in file.chunks())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert read == 40 * MIB
    assert peak < 8 * MIB


def test_a_scratch_file_leaves_nothing_behind() -> None:
    with private_storage.scratch() as file:
        file.write(b"a name")
        assert [one for one in Path(private_storage.location).rglob("*") if one.is_file()] == []
