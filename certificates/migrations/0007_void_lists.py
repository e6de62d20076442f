"""The lists of void certificates are found by an index, however many there are in force."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certificates", "0006_usual_mappings")]

    operations = [
        migrations.AddIndex(
            model_name="certificate", index=models.Index(fields=["status", "id"], name="certificate_by_status")
        )
    ]
