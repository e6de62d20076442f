"""Keys that were made before keys had scopes go on opening what they opened."""

from django.db import migrations, models

BEFORE = " ".join(
    f"{area}:{how}"
    for area in ("applications", "money", "exams", "marks", "certificates", "discipline")
    for how in ("read", "write")
)


def fill(apps, schema_editor):
    apps.get_model("people", "ApiToken").objects.filter(scopes="").update(scopes=BEFORE)


class Migration(migrations.Migration):
    dependencies = [("people", "0003_sessions_invitations_erasures")]

    operations = [
        migrations.AddField("apitoken", "scopes", models.CharField("范围", blank=True, max_length=400)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
