"""Encrypted zips: what goes in comes out with the passphrase and with no other, and nothing altered passes."""

from __future__ import annotations

import io
import zipfile

import pytest

from kupasi import sealed_zip
from tests.builders import at

WORDS = "abcd-efgh"
ELSEWHERE = bytes.fromhex(  # an archive that another program of the format wrote, under "password"
    "504b030414000100630048b47b5d000000003f0000002300000005000b00682e74787401990700020041450300005eec1ded"
    "7e75d1e0773612a5f97e4a4f3b77d7f07a5156b4cca72cde24e30270084efde0804be82592541ec10bda22ad1410086788f2"
    "970882cd15d82af7d4504b0102140314000100630048b47b5d000000003f0000002300000005000b00000000000000000080"
    "0100000000682e7478740199070002004145030000504b050600000000010001003e0000006d0000000000"
)


def sealed(**entries: bytes) -> io.BytesIO:
    out = io.BytesIO()
    archive = sealed_zip.SealedZip(out, WORDS, at=at("2025-07-11T10:20"))
    for name, content in entries.items():
        archive.add(name, content)
    archive.close()
    return out


def test_what_goes_in_comes_out_with_the_passphrase() -> None:
    given = {"a": b"", "b": b"x" * 100_001, "c": "\u9648".encode()}
    archive = sealed(**given)
    assert sealed_zip.names(archive) == ["a", "b", "c"]
    assert [sealed_zip.read(archive, one, passphrase=WORDS) for one in "abc"] == [
        b"",
        b"x" * 100_001,
        "\u9648".encode(),
    ]


def test_an_archive_of_another_program_is_read() -> None:
    read = sealed_zip.read(io.BytesIO(ELSEWHERE), "h.txt", passphrase="password")
    assert read == b"hello, there is more than one block"


def test_the_same_content_is_never_encrypted_the_same_way() -> None:
    first, second = sealed(a=b"secret").getvalue(), sealed(a=b"secret").getvalue()
    assert first != second
    assert b"secret" not in first


def test_no_other_passphrase_opens_an_entry() -> None:
    for words in ("", "abcd-efgi", "ABCD-EFGH"):
        with pytest.raises(sealed_zip.WrongPassphraseError):
            sealed_zip.read(sealed(a=b"secret"), "a", passphrase=words)


def test_an_altered_entry_does_not_open() -> None:
    archive = bytearray(sealed(a=b"secret words").getvalue())
    archive[archive.index(b"PK\x01\x02") - 12] ^= (
        1  # a byte of the content: the last ten before the directory are its tag
    )
    with pytest.raises(sealed_zip.WrongPassphraseError):
        sealed_zip.read(io.BytesIO(archive), "a", passphrase=WORDS)


def test_a_plain_unzip_sees_that_it_is_encrypted_and_gets_nothing() -> None:
    with zipfile.ZipFile(sealed(a=b"secret")) as plain, pytest.raises((RuntimeError, NotImplementedError)):
        plain.read("a")
