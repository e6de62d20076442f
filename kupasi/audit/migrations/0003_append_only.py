"""The database refuses to change or delete an entry or a seal."""

from django.db import migrations

from kupasi.audit import triggers


def forwards(apps, schema_editor):
    triggers.install(schema_editor.connection)


def backwards(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_references")]

    operations = [migrations.RunPython(forwards, backwards)]
