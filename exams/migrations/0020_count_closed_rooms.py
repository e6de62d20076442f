from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rooms closed before they stated who came: counted once from their seats."""
    seats = apps.get_model("exams", "Seat").objects.filter(sitting=OuterRef("pk")).order_by().values("sitting")
    came = seats.annotate(n=Count("pk", filter=Q(attendance__in=["present", "late"]))).values("n")
    missed = seats.annotate(n=Count("pk", filter=Q(attendance="absent"))).values("n")
    closed = apps.get_model("exams", "Sitting").objects.filter(status="closed")
    closed.update(came=Coalesce(Subquery(came), 0), missed=Coalesce(Subquery(missed), 0))


class Migration(migrations.Migration):
    dependencies = [("exams", "0019_counts_of_closed_rooms")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
