"""Certificates (通知 一, 五; rules T8, X1–X6); the prefix is fictitious."""

from __future__ import annotations

from datetime import date

import pytest

from certificates.rules import (
    CertificateFact,
    NumberFact,
    PassFact,
    is_qualified,
    judge_handover,
    judge_issue,
    judge_prefix,
    make_certificate_number,
    parse_certificate_number,
    verify_by_name,
    verify_by_scan,
)

REQUIRED = ("theory", "practical")
PREFIX = "S000031000000"


@pytest.mark.parametrize(
    ("passes", "qualified"),
    [
        ([PassFact("theory", 1), PassFact("practical", 1)], True),
        ([PassFact("theory", 1), PassFact("practical", 2)], True),
        ([PassFact("theory", 1)], False),
        ([], False),
        ([PassFact("theory", 1), PassFact("practical", 2, "competition")], False),
        ([PassFact("theory", 2, "competition"), PassFact("practical", 2, "competition")], True),
        ([PassFact("theory", 2, "competition"), PassFact("practical", 3, "competition")], False),
    ],
)
def test_all_subjects_passed_make_a_person_qualified(passes, qualified):
    assert is_qualified(REQUIRED, passes) is qualified


def test_nobody_qualifies_for_nothing():
    assert not is_qualified((), [PassFact("theory", 1)])


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"qualified": False}, ["not_qualified"]),
        ({"barred": True, "held": True}, ["barred", "result_held"]),
        ({"approved": False}, ["not_approved"]),
        ({"has_prefix": False}, ["number_prefix_missing"]),
    ],
)
def test_a_certificate_waits_for_every_condition(changes, codes):
    facts = {"qualified": True, "barred": False, "held": False, "approved": True, "has_prefix": True, **changes}
    assert [item.code for item in judge_issue(**facts)] == codes


@pytest.mark.parametrize(
    ("prefix", "is_sample", "code"),
    [
        (PREFIX, False, None),
        ("Y123431000001", False, None),
        ("S000099000000", False, "prefix_province"),
        ("S000099000000", True, None),
        ("X000031000000", False, "prefix_shape"),
        ("S00003100000", False, "prefix_shape"),
        ("S00003100000A", True, "prefix_shape"),
        ("", False, "prefix_shape"),
    ],
)
def test_a_prefix_has_thirteen_characters_and_the_province(prefix, is_sample, code):
    refusal = judge_prefix(prefix, is_sample=is_sample)
    assert (refusal.code if refusal else None) == code


def test_a_number_has_twenty_two_characters_and_reads_back():
    number = make_certificate_number(PREFIX, issued_on=date(2025, 9, 1), level="0", serial=42)
    assert (number, len(number)) == ("S000031000000250000042", 22)
    assert parse_certificate_number(f" {number.lower()} ") == NumberFact(PREFIX, "25", "0", 42)


@pytest.mark.parametrize("text", ["", "S" * 22, "S00003100000025000004", "Ｓ000031000000250000042", "S" + "1" * 5000])
def test_another_text_is_no_certificate_number(text):
    assert parse_certificate_number(text) is None


@pytest.mark.parametrize(
    ("prefix", "level", "serial"), [("S1", "0", 1), (PREFIX, "", 1), (PREFIX, "0", 0), (PREFIX, "0", 1_000_000)]
)
def test_a_number_that_does_not_fit_is_never_made(prefix, level, serial):
    with pytest.raises(ValueError, match="certificate number"):
        make_certificate_number(prefix, issued_on=date(2025, 9, 1), level=level, serial=serial)


VOID_ON = date(2025, 12, 1)


@pytest.mark.parametrize(
    ("certificate", "name", "status"),
    [
        (CertificateFact("issued", "测试甲"), "测试甲", "valid"),
        (CertificateFact("collected", "测试甲"), "测试甲", "valid"),
        (CertificateFact("void", "测试甲", VOID_ON), "测试甲", "void"),
        (CertificateFact("waiting", "测试甲"), "测试甲", "unknown"),
        (CertificateFact("issued", "测试甲"), "测试乙", "unknown"),
        (None, "测试甲", "unknown"),
    ],
)
def test_a_stranger_learns_only_valid_void_or_not_confirmed(certificate, name, status):
    assert verify_by_name(certificate, name).status == status


def test_a_wrong_name_and_a_missing_number_are_answered_alike():
    assert verify_by_name(CertificateFact("void", "测试甲", VOID_ON), "测试乙") == verify_by_name(None, "测试乙")


def test_a_void_certificate_shows_its_date():
    assert verify_by_scan(CertificateFact("void", "测试甲", VOID_ON)).voided_on == VOID_ON


def test_a_scanned_code_that_is_not_in_the_register_cannot_be_confirmed():
    assert verify_by_scan(None).status == "unknown"


@pytest.mark.parametrize(
    ("collector", "seen", "code"),
    [
        ("self", {"document_seen": True}, None),
        ("self", {"document_seen": False}, "document_missing"),
        ("proxy", {"document_seen": True}, "proxy_papers_missing"),
        ("proxy", {"document_seen": True, "proxy_document_seen": True, "letter_seen": True}, None),
        ("institution", {"document_seen": False}, None),
    ],
)
def test_a_certificate_is_handed_over_against_papers(collector, seen, code):
    refusal = judge_handover(collector, **seen)
    assert (refusal.code if refusal else None) == code
