from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Subjects that called their seats 考位 use stations."""
    apps.get_model("exams", "Subject").objects.filter(seat_word="考位").update(uses_station=True)


class Migration(migrations.Migration):
    dependencies = [("exams", "0009_room_plans")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
