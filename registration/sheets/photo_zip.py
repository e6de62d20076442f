"""A zip of portraits: guarded, its names understood, each matched to a person of the roster by document number.

    for answer in read_photos(file, people=people, check=check_photo):   # raises FileRefusedError
        answer.file, answer.outcome, answer.keys, answer.code, answer.message, answer.photo

Which file is whose is decided by the directory alone; then one picture after the other is unpacked and checked, so that
a thousand of them need the memory of one.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from kupasi.errors import Refusal
from kupasi.people.enums import Choice
from kupasi.people.rules import normalize_name, normalize_number

from .cells import FileFinding, FileRefusedError
from .limits import MEBIBYTE

UTF8_NAMES, ENCRYPTED = 0x800, 0x1
PICTURES = (".jpg", ".jpeg", ".png")
ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".xlsx", ".docx", ".jar")
IGNORED = re.compile(r"(?i)(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)|/$")
UNSAFE = re.compile(r"^/|(^|/)\.\.(/|$)|^[A-Za-z]:|[\x00-\x1f\x7f]")
NUMBERS = re.compile("[0-9A-Z]+")
IN_A_WAY = re.compile(r"副本|复制|照片|证件照|[一二两小大]寸|寸照|白底|[\W_0-9]")
ENDING_AGAIN = re.compile(r"(?i)(?:\.(?:jpe?g|png)\s*)+$")  # systems that hide endings let people write them twice
DIRECTORY_END = struct.Struct("<4s4H2LH")


class PhotoOutcome(Choice):
    """What became of a file of the zip."""

    MATCHED = "matched", "已匹配"
    UNMATCHED = "unmatched", "未匹配"
    DUPLICATE = "duplicate", "重复"
    BAD = "bad", "不合格"


@dataclass(frozen=True, slots=True)
class PhotoPerson:
    """A person of the roster who may get a picture; `key` is the caller's. One person may stand there twice."""

    key: Hashable
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class PhotoAnswer:
    """One file: its name as people know it (it holds a number: personal data), and what became of it.

    `keys` are those of the persons meant; `photo` is what `check` made of the picture, only where it was matched.
    """

    file: str
    outcome: PhotoOutcome
    code: str = ""
    message: str = ""
    keys: tuple[Hashable, ...] = ()
    photo: bytes = b""


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What a zip of portraits may be at most; pictures hardly shrink, so a high ratio is no picture."""

    file_bytes: int = 300 * MEBIBYTE
    directory_bytes: int = 4 * MEBIBYTE
    entries: int = 5000
    photo_bytes: int = 10 * MEBIBYTE
    unpacked_bytes: int = 1024 * MEBIBYTE
    ratio: int = 50


PHOTO_LIMITS = PhotoLimits()
REFUSED = {
    "not_a_zip": "这不是完好的 zip 压缩包。请重新压缩为 zip 格式后上传。",
    "too_big": "压缩包过大。请按班级拆成几个压缩包上传。",
    "too_many_entries": "压缩包里的文件过多。请按班级拆成几个压缩包上传。",
    "too_big_unpacked": "压缩包展开后过大，不像是照片。请只放照片后重新压缩。",
    "odd_names": "压缩包里有不正常的文件名或链接，不能接受。请把照片放进一个文件夹后重新压缩。",
    "encrypted": "压缩包设了密码，无法读取。请取消密码后重新压缩。",
    "archive_inside": "压缩包里还有压缩包或文档。请只放照片后重新压缩。",
    "empty": "压缩包里没有照片。请放入 JPG 或 PNG 照片后重新压缩。",
}
TOLD = {
    "type": "只接受 JPG 或 PNG 格式的照片。",
    "number_missing": "文件名中没有证件号码，请改为“证件号码.jpg”或“姓名+证件号码.jpg”。",
    "unknown_number": "名单中没有这个证件号码，请核对文件名。",
    "name_differs": "文件名中的姓名与名单中该证件号码的姓名不一致，请核对。",
    "duplicate": "同一人有几张不同的照片，请只留一张。",
    "same_photo": "与另一个文件完全相同，只用一张。",
    "shared_photo": "同一张照片被用于不同的人，请核对。",
    "broken": "照片文件已损坏，请重新导出后上传。",
}
Matched = tuple[zipfile.ZipInfo, str, tuple[PhotoPerson, ...]]


def read_photos(
    file: BinaryIO,
    *,
    people: Iterable[PhotoPerson],
    check: Callable[[bytes], bytes],
    limits: PhotoLimits = PHOTO_LIMITS,
) -> Iterator[PhotoAnswer]:
    """What became of each picture; files that nobody meant come first, then the pictures that were matched.

    `check` returns the picture to keep or refuses with a Refusal. Persons without an answer have no picture. Raises
    FileRefusedError before the first answer: not_a_zip, too_big, too_many_entries, too_big_unpacked, odd_names,
    encrypted, archive_inside, empty.
    """
    with _opened(file, limits) as archive:
        entries = [(entry, shown_name(entry)) for entry in archive.infolist()]
        entries = [(entry, name) for entry, name in entries if not IGNORED.search(name)]
        for entry, name in entries:
            _judge(entry, name, limits)
        if not entries:
            raise _refused("empty")
        if sum(entry.file_size for entry, _ in entries) > limits.unpacked_bytes:
            raise _refused("too_big_unpacked")
        matched, others = _matched(entries, people)
        yield from others
        for entry, name, persons in matched:
            yield _checked(archive, entry, name, persons, check)


def shown_name(entry: zipfile.ZipInfo) -> str:
    """The name as people gave it: old archivers write it in the system's encoding (GBK in Chinese Windows)."""
    name = entry.orig_filename
    if not entry.flag_bits & UTF8_NAMES:
        raw = name.encode("cp437")
        for encoding in ("utf-8", "gb18030"):
            try:
                return raw.decode(encoding).replace("\\", "/")
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _opened(file: BinaryIO, limits: PhotoLimits) -> zipfile.ZipFile:
    """The zip, after a look at how large it is and how long its directory says to be."""
    size = file.seek(0, 2)
    if size > limits.file_bytes:
        raise _refused("too_big")
    file.seek(max(0, size - 65_536 - DIRECTORY_END.size))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < DIRECTORY_END.size:
        raise _refused("not_a_zip")
    _, _, _, _, entries, directory, _, _ = DIRECTORY_END.unpack_from(tail, at)
    if entries > limits.entries or directory > limits.directory_bytes:
        raise _refused("too_many_entries")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, UnicodeError, OSError) as error:
        raise _refused("not_a_zip") from error
    if len(archive.filelist) > limits.entries:
        raise _refused("too_many_entries")
    return archive


def _judge(entry: zipfile.ZipInfo, name: str, limits: PhotoLimits) -> None:
    if entry.flag_bits & ENCRYPTED:
        raise _refused("encrypted")
    if UNSAFE.search(name) or stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise _refused("odd_names")
    if name.lower().endswith(ARCHIVES):
        raise _refused("archive_inside")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused("not_a_zip")
    if entry.file_size > max(MEBIBYTE, limits.ratio * entry.compress_size):
        raise _refused("too_big_unpacked")
    if entry.file_size > limits.photo_bytes:
        raise _refused("too_big_unpacked")


def _matched(
    entries: Iterable[tuple[zipfile.ZipInfo, str]], people: Iterable[PhotoPerson]
) -> tuple[list[Matched], list[PhotoAnswer]]:
    """Which file is whose, by the directory alone; and the files that are nobody's, or not alone."""
    by_number: dict[str, list[PhotoPerson]] = defaultdict(list)
    for person in people:
        by_number[normalize_number(person.number)].append(person)
    groups: dict[str, list[Matched]] = defaultdict(list)
    users: dict[tuple[int, int], set[str]] = defaultdict(set)
    others = []
    for entry, name in entries:
        number, code = _number_in(name, by_number)
        if code:
            outcome = PhotoOutcome.BAD if code == "type" else PhotoOutcome.UNMATCHED
            others.append(PhotoAnswer(name, outcome, code, TOLD[code]))
            continue
        groups[number].append((entry, name, tuple(by_number[number])))
        users[entry.CRC, entry.file_size].add(number)
    matched: list[Matched] = []
    for several in groups.values():
        alone, rest = _alone(several, users)
        matched += alone
        others += rest
    return matched, others


def _alone(
    several: list[Matched], users: Mapping[tuple[int, int], set[str]]
) -> tuple[list[Matched], list[PhotoAnswer]]:
    """The one picture of a person; several that differ, or one that others use too, are nobody's."""
    pictures = {(entry.CRC, entry.file_size) for entry, _, _ in several}
    if any(len(users[picture]) > 1 for picture in pictures):
        return [], [_told(one, PhotoOutcome.BAD, "shared_photo") for one in several]
    if len(pictures) > 1:
        return [], [_told(one, PhotoOutcome.DUPLICATE, "duplicate") for one in several]
    return several[:1], [_told(one, PhotoOutcome.DUPLICATE, "same_photo") for one in several[1:]]


def _number_in(name: str, by_number: Mapping[str, list[PhotoPerson]]) -> tuple[str, str]:
    """The document number that a file is named by, or the code why there is none."""
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    if f"{dot}{ending}".lower() not in PICTURES:
        return "", "type"
    stem = ENDING_AGAIN.sub("", stem)
    plain = normalize_number(stem)
    if plain in by_number:
        return plain, ""
    words = unicodedata.normalize("NFKC", stem).upper()
    found = [part for part in NUMBERS.findall(words) if part in by_number]
    if len(set(found)) != 1:
        digits = any(len(part) >= 8 for part in NUMBERS.findall(words))
        return "", "unknown_number" if digits or found else "number_missing"
    rest = IN_A_WAY.sub("", words.replace(found[0], "", 1))
    if rest and all(rest != _plain_name(person.name) for person in by_number[found[0]]):
        return "", "name_differs"
    return found[0], ""


def _plain_name(name: str) -> str:
    return IN_A_WAY.sub("", unicodedata.normalize("NFKC", normalize_name(name)).upper())


def _checked(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    name: str,
    persons: tuple[PhotoPerson, ...],
    check: Callable[[bytes], bytes],
) -> PhotoAnswer:
    keys = tuple(person.key for person in persons)
    try:
        with archive.open(entry) as part:
            photo = check(part.read())
    except Refusal as refusal:
        return PhotoAnswer(name, PhotoOutcome.BAD, str(refusal.code), refusal.sentence, keys)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        return PhotoAnswer(name, PhotoOutcome.BAD, "broken", TOLD["broken"], keys)
    return PhotoAnswer(name, PhotoOutcome.MATCHED, keys=keys, photo=photo)


def _told(one: Matched, outcome: PhotoOutcome, code: str) -> PhotoAnswer:
    _, name, persons = one
    return PhotoAnswer(name, outcome, code, TOLD[code], tuple(person.key for person in persons))


def _refused(code: str) -> FileRefusedError:
    return FileRefusedError(FileFinding(code, REFUSED[code]))
