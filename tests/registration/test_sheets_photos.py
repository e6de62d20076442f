"""Zips of portraits: whose each picture is, and what is refused; pictures are checked by the product's own check."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import pytest

from kupasi.people.photos import check_photo
from registration.sheets.cells import FileRefusedError
from registration.sheets.photo_zip import PHOTO_LIMITS, PhotoPerson, read_photos
from tests.builders import photo_bytes
from tests.rules.roster_samples import GOOD, WITH_X, number

OTHER = number(seq=300)
PEOPLE = [
    PhotoPerson(1, GOOD, "测试甲"),
    PhotoPerson(2, WITH_X, "阿卜杜拉·买买提"),
    PhotoPerson(3, "E12345678", "Ann Lee"),
]
PICTURE = photo_bytes()
ANOTHER = photo_bytes(width=600)


def zipped(*files, flags=None, mode=None):
    """A zip of (name, data); names as bytes are written as an old archiver does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name if isinstance(name, str) else name.decode("cp437"))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode or 0o100644) << 16
            archive.writestr(info, data)
    content = out.getvalue()
    for name, _ in files:
        if isinstance(name, bytes):  # zipfile wrote the letters as UTF-8 with its flag: put the bytes themselves
            content = as_written(content, name)
    return content


def as_written(content, name):
    written = name.decode("cp437").encode()
    for mark, flags, place in ((b"PK\x03\x04", 6, 26), (b"PK\x01\x02", 8, 28)):
        at = content.rindex(mark)
        struct_end = at + (30 if mark == b"PK\x03\x04" else 46)
        assert content[struct_end : struct_end + len(written)] == written
        head = bytearray(content[at:struct_end])
        head[flags : flags + 2] = b"\0\0"
        head[place : place + 2] = struct.pack("<H", len(name))
        grown = len(written) - len(name)
        content = content[:at] + bytes(head) + name + content[struct_end + len(written) :]
        if mark == b"PK\x01\x02":
            end = content.rindex(b"PK\x05\x06")
            size, offset = struct.unpack_from("<LL", content, end + 12)
            content = content[: end + 12] + struct.pack("<LL", size - grown, offset - grown) + content[end + 20 :]
    return content


def answers(content, *, check=check_photo, limits=PHOTO_LIMITS):
    return list(read_photos(io.BytesIO(content), people=PEOPLE, check=check, limits=limits))


def outcomes(content, **options):
    return [(one.outcome.value, one.code, one.keys) for one in answers(content, **options)]


def refused(content, **options):
    try:
        answers(content, **options)
    except FileRefusedError as error:
        return error.finding.code
    return ""


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (f"{GOOD}.jpg", 1),
        (f"测试甲{GOOD}.JPG", 1),
        (f"照片/一班/测试甲-{GOOD} (1).jpeg", 1),
        (f"照片\\{GOOD}_测试甲.png", 1),
        (f"{GOOD}.jpg.jpg", 1),
        (f"测试甲{GOOD}两寸.JPG.png", 1),
        (f"{WITH_X.lower()}.jpg", 2),
        (f"阿卜杜拉•买买提+{WITH_X}.jpg", 2),
        ("ann lee e12345678.jpg", 3),
        (f"测试甲{GOOD}.jpg".encode("gb18030"), 1),
        (f"测试甲{GOOD}.jpg".encode(), 1),
        ("".join(chr(ord(char) + 0xFEE0) for char in GOOD) + ".jpg", 1),
    ],
)
def test_a_picture_named_by_number_or_name_and_number_finds_its_person(name, key):
    assert outcomes(zipped((name, PICTURE))) == [("matched", "", (key,))]


def test_the_picture_that_is_kept_is_what_the_check_made_of_it():
    assert answers(zipped((f"{GOOD}.jpg", PICTURE)))[0].photo == check_photo(PICTURE)


def test_one_person_in_two_rows_gets_the_picture_in_both():
    people = [PhotoPerson("a", GOOD, "测试甲"), PhotoPerson("b", GOOD.lower(), "测试甲")]
    content = io.BytesIO(zipped((f"{GOOD}.jpg", PICTURE)))
    assert [one.keys for one in read_photos(content, people=people, check=check_photo)] == [("a", "b")]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (f"{OTHER}.jpg", ("unmatched", "unknown_number", ())),
        ("测试甲.jpg", ("unmatched", "number_missing", ())),
        (f"测试乙{GOOD}.jpg", ("unmatched", "name_differs", ())),
        (f"{GOOD}{OTHER}.jpg", ("unmatched", "unknown_number", ())),
        (f"{GOOD}.gif", ("bad", "type", ())),
        (f"{GOOD}", ("bad", "type", ())),
    ],
)
def test_a_picture_that_is_nobodys_is_listed_with_its_reason(name, told):
    assert outcomes(zipped((name, PICTURE))) == [told]


def test_two_different_pictures_of_one_person_are_both_left_out():
    content = zipped((f"{GOOD}.jpg", PICTURE), (f"测试甲{GOOD}.jpg", ANOTHER))
    assert outcomes(content) == [("duplicate", "duplicate", (1,))] * 2


def test_the_same_picture_twice_is_used_once():
    content = zipped((f"{GOOD}.jpg", PICTURE), (f"测试甲{GOOD}.jpg", PICTURE))
    assert outcomes(content) == [("duplicate", "same_photo", (1,)), ("matched", "", (1,))]


def test_one_picture_for_two_people_is_nobodys():
    content = zipped((f"{GOOD}.jpg", PICTURE), (f"{WITH_X}.jpg", PICTURE))
    assert outcomes(content) == [("bad", "shared_photo", (1,)), ("bad", "shared_photo", (2,))]


def test_a_bad_picture_is_listed_and_the_others_go_on():
    content = zipped((f"{GOOD}.jpg", photo_bytes(ground="blue")), (f"{WITH_X}.jpg", PICTURE))
    assert outcomes(content) == [("bad", "ground", (1,)), ("matched", "", (2,))]


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"PK\x03\x04nothing", b"\xff\xd8\xff\xe0broken"])
def test_what_is_no_picture_is_listed(data):
    assert [one[0] for one in outcomes(zipped((f"{GOOD}.jpg", data)))] == ["bad"]


def test_what_systems_add_to_a_zip_is_passed_over():
    junk = [("__MACOSX/._x.jpg", b"x"), (".DS_Store", b"x"), ("照片/Thumbs.db", b"x"), ("照片/", b"")]
    assert outcomes(zipped(*junk, (f"照片/{GOOD}.jpg", PICTURE))) == [("matched", "", (1,))]


REFUSED = {
    "a bomb": (lambda: zipped((f"{GOOD}.jpg", bytes(30_000_000))), "too_big_unpacked"),
    "a huge picture": (lambda: zipped((f"{GOOD}.jpg", PICTURE * 1000)), "too_big_unpacked"),
    "a name that climbs": (lambda: zipped(("../../x.jpg", PICTURE)), "odd_names"),
    "a name that climbs the other way": (lambda: zipped(("..\\x.jpg", PICTURE)), "odd_names"),
    "an absolute name": (lambda: zipped(("/etc/x.jpg", PICTURE)), "odd_names"),
    "a drive": (lambda: zipped(("C:/x.jpg", PICTURE)), "odd_names"),
    "a line break in a name": (lambda: zipped(("a\nb.jpg", PICTURE)), "odd_names"),
    "a link": (lambda: zipped((f"{GOOD}.jpg", b"/etc/passwd"), mode=0o120777), "odd_names"),
    "a device": (lambda: zipped((f"{GOOD}.jpg", b""), mode=0o020666), "odd_names"),
    "a zip inside": (lambda: zipped(("more.zip", zipped((f"{GOOD}.jpg", PICTURE)))), "archive_inside"),
    "a workbook inside": (lambda: zipped(("名单.xlsx", b"PK")), "archive_inside"),
    "nothing": (lambda: zipped(), "empty"),
    "only folders": (lambda: zipped(("照片/", b"")), "empty"),
    "no zip": (lambda: PICTURE, "not_a_zip"),
    "half a zip": (lambda: zipped((f"{GOOD}.jpg", PICTURE))[:-30], "not_a_zip"),
    "too many": (lambda: zipped(*((f"{n}.jpg", b"") for n in range(5001))), "too_many_entries"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_harmful_zip_is_refused_whole(name):
    make, code = REFUSED[name]
    assert refused(make()) == code


def test_a_zip_beyond_the_limits_is_refused():
    content = zipped((f"{GOOD}.jpg", PICTURE), (f"{WITH_X}.jpg", ANOTHER))
    assert refused(content, limits=replace(PHOTO_LIMITS, file_bytes=1000)) == "too_big"
    assert refused(content, limits=replace(PHOTO_LIMITS, unpacked_bytes=len(PICTURE))) == "too_big_unpacked"
    assert refused(content) == ""


def test_a_locked_zip_is_refused():
    content = bytearray(zipped((f"{GOOD}.jpg", PICTURE)))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(content)) == "encrypted"


def test_a_wrong_checksum_is_a_broken_picture():
    content = bytearray(zipped((f"{GOOD}.jpg", PICTURE)))
    content[content.rindex(b"PK\x01\x02") + 16] ^= 0xFF
    assert outcomes(bytes(content)) == [("bad", "broken", (1,))]


def test_twin_the_name_alone_would_be_unreadable():
    content = zipped((f"测试甲{GOOD}.jpg".encode("gb18030"), PICTURE))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "测试甲" not in archive.namelist()[0]
    assert answers(content)[0].file == f"测试甲{GOOD}.jpg"


def test_twin_without_the_guard_the_bomb_would_be_unpacked_whole():
    seen = []
    limits = replace(PHOTO_LIMITS, ratio=10_000, photo_bytes=100_000_000)
    answers(REFUSED["a bomb"][0](), limits=limits, check=lambda data: seen.append(len(data)) or data)
    assert seen == [30_000_000]
