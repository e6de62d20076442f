from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exams", "0012_seeds_and_runs")]

    operations = [migrations.RemoveField(model_name="examsession", name="seat_seed")]
