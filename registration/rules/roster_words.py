"""The words of a roster's lists: documents, sex, education, occupations, subjects, kinds of exam."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from exams.enums import EntryKind
from kupasi.people.enums import Education, Sex
from kupasi.people.rules import document_kind_named
from registration.rules.roster_cells import plain_words
from registration.rules.roster_types import OccupationWords, SubjectWords, Vocabulary

ALL_SUBJECTS = frozenset({"全部", "全科", "全部科目", "所有", "所有科目", "all"})
BETWEEN = re.compile(r"[,，、;；/／|+＋&＆\s]+")
AND = re.compile("[和及与]")
SEXES = {"男": Sex.MALE, "男性": Sex.MALE, "m": Sex.MALE, "male": Sex.MALE}
SEXES |= {"女": Sex.FEMALE, "女性": Sex.FEMALE, "f": Sex.FEMALE, "female": Sex.FEMALE}
KINDS = {"新考": EntryKind.FULL, "首考": EntryKind.FULL, "初考": EntryKind.FULL, "正考": EntryKind.FULL}
KINDS |= {"补考": EntryKind.RETAKE, "重考": EntryKind.RETAKE}
KINDS |= {kind.value: kind for kind in EntryKind}
ALSO = {
    Education.PRIMARY: ("小学毕业",),
    Education.JUNIOR: ("初级中学", "初中毕业"),
    Education.SENIOR: ("高级中学", "普通高中", "高中毕业"),
    Education.SECONDARY_VOCATIONAL: ("中专", "中职", "技校", "职高", "中技", "中等专科", "中等职业教育", "职业高中"),
    Education.COLLEGE: ("大专", "高职", "专科", "大学专科", "高技", "专科生"),
    Education.BACHELOR: ("大学本科", "大学", "学士", "本科生"),
    Education.MASTER: ("硕士", "研究生", "硕士生"),
    Education.DOCTOR: ("博士", "博士生"),
}
ALSO_SUBJECT = {"theory": ("理论", "理论考试", "笔试"), "practical": ("操作", "实操", "实操技能", "技能操作", "实践")}


class SubjectsAnswer(NamedTuple):
    """Codes in the occupation's order, or the code why not: unknown_subject, subject_duplicate."""

    subjects: tuple[str, ...]
    code: str = ""


def subject_words(code: str, name: str) -> SubjectWords:
    """A subject with its name, its code and the usual short names."""
    return SubjectWords(code, (name, code, *ALSO_SUBJECT.get(code, ())))


def occupation_words(code: str, name: str, *, level: str, subjects: tuple[SubjectWords, ...]) -> OccupationWords:
    """An occupation with its name, its name and level as the notice writes them, and its code."""
    return OccupationWords(code, (name, f"{name}（{level}）", f"{name}{level}", code), subjects)


kind_named = lru_cache(maxsize=1024)(document_kind_named)


@lru_cache(maxsize=256)
def sex_named(text: str) -> Sex | None:
    """The sex meant by 男, 女 and their usual forms."""
    return SEXES.get(plain_words(text).lower())


@lru_cache(maxsize=1024)
def education_named(text: str) -> Education | None:
    """The education meant by its code, its words or a usual short form."""
    return _educations().get(plain_words(text).lower())


@lru_cache(maxsize=256)
def exam_kind_named(text: str) -> EntryKind | None:
    """新考 or 补考."""
    return KINDS.get(plain_words(text).lower())


@lru_cache(maxsize=1024)
def occupation_named(vocabulary: Vocabulary, text: str) -> OccupationWords | None:
    """The occupation meant by its name, with or without its level, or by its code."""
    return _occupations(vocabulary).get(plain_words(text).lower())


@lru_cache(maxsize=1024)
def nearest_occupation(vocabulary: Vocabulary, text: str) -> str:
    """The name that looks most like a text, empty where none does."""
    near = get_close_matches(plain_words(text).lower(), _occupations(vocabulary), n=1, cutoff=0.6)
    return _occupations(vocabulary)[near[0]].names[0] if near else ""


@lru_cache(maxsize=1024)
def subjects_named(occupation: OccupationWords, text: str) -> SubjectsAnswer:
    """The subjects meant by 全部 or a list; one named twice is refused, since nobody knows what was meant."""
    if plain_words(text).lower() in ALL_SUBJECTS:
        return SubjectsAnswer(tuple(subject.code for subject in occupation.subjects))
    names = {plain_words(name).lower(): one.code for one in occupation.subjects for name in one.names}
    words = list(_parts(text, names))
    codes = [names.get(word, "") for word in words]
    if not codes or not all(codes):
        return SubjectsAnswer((), "unknown_subject")
    if len(set(codes)) < len(codes):
        return SubjectsAnswer((), "subject_duplicate")
    return SubjectsAnswer(tuple(one.code for one in occupation.subjects if one.code in codes))


def _parts(text: str, names: Mapping[str, str]) -> Iterator[str]:
    """The words of a list; 和, 及, 与 stand between words too, unless they belong to a name."""
    for word in BETWEEN.split(text.strip()):
        plain = plain_words(word).lower()
        yield from ([plain] if plain in names else filter(None, AND.split(plain)))


@lru_cache(maxsize=1)
def _educations() -> dict[str, Education]:
    named = {plain_words(one.label).lower(): one for one in Education} | {one.value: one for one in Education}
    for one, words in ALSO.items():
        named |= dict.fromkeys(words, one)
    return named


@lru_cache(maxsize=8)
def _occupations(vocabulary: Vocabulary) -> dict[str, OccupationWords]:
    return {plain_words(name).lower(): one for one in vocabulary.occupations for name in one.names}
