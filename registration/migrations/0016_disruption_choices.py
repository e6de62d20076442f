import django.db.models.deletion
import registration.enums
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exams", "0017_disruptions"),
        ("registration", "0015_marked_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DisruptionChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("due", "待告知"),
                            ("open", "待选择"),
                            ("kept", "接受新安排"),
                            ("moved", "改到其他评价月"),
                            ("refund", "退费"),
                            ("ended", "已结束"),
                            ("replaced", "又有变动"),
                        ],
                        default=registration.enums.ChoiceStatus["DUE"],
                        max_length=10,
                        verbose_name="选择",
                    ),
                ),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="告知时间")),
                ("chosen_at", models.DateTimeField(blank=True, null=True, verbose_name="选择时间")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="choices",
                        to="registration.application",
                        verbose_name="申报",
                    ),
                ),
                (
                    "chosen_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="选择人",
                    ),
                ),
                (
                    "disruption",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="choices",
                        to="exams.disruption",
                        verbose_name="取消与改期",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exams.examsession",
                        verbose_name="改到",
                    ),
                ),
            ],
            options={
                "verbose_name": "改期或退费的选择",
                "verbose_name_plural": "改期或退费的选择",
                "ordering": ["-disruption", "pk"],
                "indexes": [models.Index(fields=["status"], name="choice_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("disruption", "application"), name="choice_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("due", "open"))),
                        fields=("application",),
                        name="one_pending_choice",
                        violation_error_message="这份申报已有一项待作的选择。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["due", "open", "kept", "moved", "refund", "ended", "replaced"])
                        ),
                        name="choice_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "moved"), ("target__isnull", False)),
                            models.Q(models.Q(("status", "moved"), _negated=True), ("target", None)),
                            _connector="OR",
                        ),
                        name="choice_moved_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("chosen_at", None), ("status__in", ("due", "open"))),
                            models.Q(
                                models.Q(("status__in", ("due", "open")), _negated=True), ("chosen_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="choice_made_has_moment",
                    ),
                ],
            },
        ),
    ]
