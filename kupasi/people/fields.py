"""A text column that is encrypted at rest."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from . import crypto


class EncryptedTextField(models.TextField):
    """Plain text in Python, ciphertext in the database, bound to its column. It cannot be filtered on: use an index."""

    @property
    def bound_to(self) -> str:
        """The column that a value of this field belongs to; a ciphertext moved elsewhere does not open."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        return value if not value else crypto.decrypt(value, bound_to=self.bound_to)

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return text if not text else crypto.encrypt(str(text), bound_to=self.bound_to)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
