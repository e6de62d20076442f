"""The migrations say what the models say, go forward from nothing and back again."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OURS = ("audit", "people", "notices", "exams", "certificates", "discipline", "registration")


@pytest.mark.django_db
def test_no_change_of_a_model_lacks_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=io.StringIO())


def test_every_migration_can_be_undone() -> None:
    loader = MigrationLoader(None)
    stuck = [
        f"{app}.{name}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS and not all(operation.reversible for operation in migration.operations)
    ]
    assert stuck == []


def test_every_migration_has_a_telling_name() -> None:
    loader = MigrationLoader(None)
    assert [key for key in loader.disk_migrations if key[0] in OURS and "auto_" in key[1]] == []


@pytest.mark.django_db
def test_the_database_has_every_named_constraint() -> None:
    stored = stored_names()
    models = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    assert [one.name for model in models for one in model._meta.constraints if one.name not in stored] == []


def stored_names() -> str:
    """Everything that the database itself knows by a name."""
    query = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",
        "postgresql": "SELECT conname FROM pg_constraint UNION ALL SELECT indexname FROM pg_indexes",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return "\n".join(row[0] for row in cursor.fetchall())
