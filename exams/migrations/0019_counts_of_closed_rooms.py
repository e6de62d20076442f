from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exams", "0018_found_by_day")]

    operations = [
        migrations.AddField(
            model_name="sitting",
            name="came",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name="到考"),
        ),
        migrations.AddField(
            model_name="sitting",
            name="missed",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name="缺考"),
        ),
    ]
