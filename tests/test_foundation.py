"""The base: what everything else stands on."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction

from kupasi.audit import services as audit
from kupasi.audit import triggers
from kupasi.audit.models import Entry
from kupasi.people.crypto import Unreadable, decrypt, encrypt
from kupasi.people.models import IdentityDocument
from kupasi.people.storage import private_storage
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_document_number_is_unreadable_in_the_table() -> None:
    person = builders.a_candidate()
    number = person.documents.get().number
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, number_index FROM people_identitydocument")
        stored = " ".join(cursor.fetchone())
    assert number not in stored
    assert IdentityDocument.objects.get().number == number


def test_a_ciphertext_moved_to_another_column_is_refused() -> None:
    sealed = encrypt("19900000001", bound_to="people.user.phone")
    with pytest.raises(Unreadable):
        decrypt(sealed, bound_to="people.candidate.phone")


def test_a_stored_file_is_encrypted_on_disk(private_files) -> None:
    name = private_storage.save("photos/x.jpg", ContentFile(b"a face"))
    assert b"a face" not in (private_files / name).read_bytes()
    assert private_storage.open(name).read() == b"a face"


def test_the_chain_is_whole_and_names_the_first_altered_entry(clerk) -> None:
    for number in range(5):
        audit.record(builders.act(clerk), "test.done", clerk, after={"number": number})
    audit.seal()
    assert audit.verify().whole
    third = Entry.objects.order_by("pk")[2]
    triggers.remove(connection)  # as somebody with the database's password would
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET reason = 'altered' WHERE id = %s", [third.pk])
    assert audit.verify().broken_entry == third.pk


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_alter_the_record(clerk, statement: str) -> None:
    audit.record(builders.act(clerk), "test.done", clerk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.count() == 1


def test_the_roles_follow_the_matrix() -> None:
    finance, marker = builders.a_user("finance"), builders.a_user("marker")
    assert finance.has_perm("people.order_mark_paid_ask")
    assert not marker.has_perm("people.order_mark_paid_ask")
