import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_proposals"),
        ("exams", "0016_releases_totals_relations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Disruption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("session_cancelled", "场次取消"),
                            ("session_moved", "场次改期"),
                            ("sitting_cancelled", "一场取消"),
                            ("sitting_moved", "一场改期"),
                        ],
                        max_length=20,
                        verbose_name="事项",
                    ),
                ),
                ("before", models.CharField(max_length=120, verbose_name="原安排")),
                ("after", models.CharField(blank=True, max_length=120, verbose_name="新安排")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("answer_until", models.DateField(verbose_name="选择截止日（含）")),
                ("is_provisional", models.BooleanField(default=False, verbose_name="暂定")),
                ("decided_at", models.DateTimeField(verbose_name="批准时间")),
                (
                    "approved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "exam_session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disruptions",
                        to="exams.examsession",
                        verbose_name="评价场次",
                    ),
                ),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disruption",
                        to="approvals.proposal",
                        verbose_name="审批",
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disruptions",
                        to="exams.sitting",
                        verbose_name="一场",
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
                "verbose_name": "取消与改期",
                "verbose_name_plural": "取消与改期",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["answer_until"], name="disruption_due")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind__in", ("session_cancelled", "session_moved"))),
                        fields=("exam_session",),
                        name="session_called_off_once",
                        violation_error_message="该评价场次已取消或改期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["session_cancelled", "session_moved", "sitting_cancelled", "sitting_moved"])
                        ),
                        name="disruption_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ("session_cancelled", "session_moved")), ("sitting", None)),
                            models.Q(
                                models.Q(("kind__in", ("session_cancelled", "session_moved")), _negated=True),
                                ("sitting__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="disruption_of_sitting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "session_moved"), ("target__isnull", False)),
                            models.Q(models.Q(("kind", "session_moved"), _negated=True), ("target", None)),
                            _connector="OR",
                        ),
                        name="disruption_moved_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("asked_by", models.F("approved_by")), _negated=True),
                        name="disruption_by_two",
                        violation_error_message="取消或改期须由两人办理。",
                    ),
                ],
            },
        ),
    ]
