"""The shapes of the public rules API: what may be asked, read strictly, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exams.enums import EntrySource
from exams.models import Occupation, Subject
from exams.rules import parse_mark
from exams.rules.retakes import MarkOrStatus
from kupasi.api_fields import DayField, FlagField, MonthField, TextField
from kupasi.people.enums import DocumentKind, Sex

EARLIEST_BIRTH = 1900
LONGEST = 200
SEXES = {**{one.value: one for one in Sex}, **{one.label: one for one in Sex}}
MARK_SCHEMA = {
    "type": "object",
    "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "number", "minimum": 0, "maximum": 100}]},
    "example": {"theory": "82.0", "practical": "55.0"},
}


class OccupationField(serializers.SlugRelatedField):
    """The code of an occupation that is offered."""

    default_error_messages = {"does_not_exist": "没有这个职业，请使用列出的职业代码。", "invalid": "职业代码应为文字。"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="code", queryset=Occupation.objects.public(), **kwargs)

    def to_internal_value(self, data: Any) -> Occupation:
        """The occupation; `does_not_exist` or `invalid`."""
        if not isinstance(data, str):
            self.fail("invalid")
        found: Occupation = super().to_internal_value(data)
        return found


class SexField(TextField):
    """`male` or `female`; 男 and 女 are understood too."""

    default_error_messages = {"unknown": "性别请填写 male 或 female。"}

    def to_internal_value(self, data: Any) -> Sex:  # type: ignore[override]
        """The sex; `unknown` for any other word."""
        found = SEXES.get(super().to_internal_value(data))
        if found is None:
            self.fail("unknown")
        return found


@extend_schema_field(MARK_SCHEMA)
class MarksField(serializers.Field):
    """Subject → mark (0–100, at most one decimal), `"absent"` or `"cancelled"`; every subject is named."""

    default_error_messages = {"invalid": "请按“科目: 成绩”的形式填写各科成绩。", "mark": "{subject}：{message}"}

    def to_internal_value(self, data: Any) -> dict[str, MarkOrStatus]:
        """The marks by subject."""
        if not isinstance(data, Mapping) or not data or len(data) > 20:
            self.fail("invalid")
        return {str(subject)[:20]: self._mark(str(subject)[:20], value) for subject, value in data.items()}

    def _mark(self, subject: str, value: Any) -> MarkOrStatus:
        if value == "absent" or value == "cancelled":
            return "absent" if value == "absent" else "cancelled"
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fail("mark", subject=subject, message="成绩应为 0 至 100 的数、absent 或 cancelled。")
        if isinstance(value, int) and not 0 <= value <= 100:
            self.fail("mark", subject=subject, message="成绩应在 0 至 100 之间。")
        read = parse_mark(str(value))
        if read.value is None:
            self.fail("mark", subject=subject, message=read.errors[0].message)
        return read.value

    def to_representation(self, value: Any) -> Any:
        """As it was sent."""
        return value


class SubjectsField(TextField):
    """Subject codes with commas between them, each once."""

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        """The codes in the order asked for."""
        return [code.strip() for code in super().to_internal_value(data).split(",")]


# --- asked ---------------------------------------------------------------------------------------------------------
class WindowAsked(serializers.Serializer[Any]):
    """A day."""

    on = DayField(help_text="哪一天（上海时间）")


class DeadlinesAsked(serializers.Serializer[Any]):
    """The day of the last subject."""

    last_exam_on = DayField(help_text="最后一个科目的考试日")
    marking = FlagField(default=False, help_text="职业涉及阅卷或工件检测（30 个工作日）")


class DocumentAsked(serializers.Serializer[Any]):
    """A document number, and the columns beside it that must not contradict it."""

    kind = TextField(max_length=40, help_text=f"证件类型：{'、'.join(DocumentKind)}")
    number = TextField(max_length=LONGEST, allow_blank=True, help_text="证件号码；不保存，也不查询是否有人用过")
    birth_date = DayField(first=EARLIEST_BIRTH, required=False, allow_null=True)
    sex = SexField(required=False, allow_null=True, help_text="male 或 female")


class EligibilityAsked(serializers.Serializer[Any]):
    """A person's birth date and the day of the application."""

    occupation = OccupationField(help_text="职业代码")
    birth_date = DayField(first=EARLIEST_BIRTH)
    on = DayField(help_text="申报当日")


class FeeAsked(serializers.Serializer[Any]):
    """Subjects of an occupation on a day."""

    occupation = OccupationField(help_text="职业代码")
    subjects = SubjectsField(max_length=LONGEST, help_text="科目代码，用逗号分开，例如 theory,practical")
    on = DayField(help_text="提交申报的那一天")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Every subject belongs to the occupation."""
        known = set(attrs["occupation"].subjects.values_list("code", flat=True))
        if not known.issuperset(attrs["subjects"]):
            raise serializers.ValidationError({"subjects": ["没有这个科目，请使用该职业的科目代码。"]}, code="unknown")
        return attrs


def _subjects(occupation: Occupation) -> QuerySet[Subject]:
    """The subjects of the present exam mode."""
    return Subject.objects.of_mode(occupation.exam_mode).filter(occupation=occupation)


class RetakeAsked(serializers.Serializer[Any]):
    """The marks of one sitting, the exam day of the passed subject, and the day of the retake's application."""

    marks = MarksField(help_text="每个科目的成绩、absent（缺考）或 cancelled（取消）")
    passed_on = DayField(required=False, allow_null=True, default=None, help_text="合格科目的考试日；没有合格的可不填")
    applied_on = DayField(help_text="申请补考的那一天")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # the contract's name for it
        choices=EntrySource.choices(), default=EntrySource.REGULAR
    )
    occupation = OccupationField(required=False, help_text="可不填：费用按科目相同的第一个职业计算")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The marks name exactly the subjects of an occupation; the days are in order."""
        offered = [attrs["occupation"]] if "occupation" in attrs else Occupation.objects.public()
        named = set(attrs["marks"])
        fitting = [one for one in offered if {each.code for each in _subjects(one)} == named]
        if not fitting:
            raise serializers.ValidationError(
                {"marks": ["请填写职业的每一个科目，科目代码应为列出的代码。"]}, code="unknown"
            )
        if attrs["passed_on"] and attrs["applied_on"] < attrs["passed_on"]:
            raise serializers.ValidationError({"applied_on": ["申请日不能早于合格科目的考试日。"]}, code="order")
        attrs["occupation"] = fitting[0]
        subjects = list(_subjects(fitting[0]))
        if attrs["passed_on"] is None and attrs["source"] == EntrySource.REGULAR and _any_passed(attrs, subjects):
            raise serializers.ValidationError({"passed_on": ["有合格的科目，请填写它的考试日。"]}, code="required")
        attrs["subjects"] = subjects
        return attrs


def _any_passed(attrs: dict[str, Any], subjects: list[Subject]) -> bool:
    marks = attrs["marks"]
    return any(isinstance(marks[one.code], Decimal) and marks[one.code] >= one.pass_mark for one in subjects)


class SanctionAsked(serializers.Serializer[Any]):
    """A clause and the facts that it asks for."""

    clause = TextField(max_length=20, allow_blank=True, help_text="须知的条款，例如 一、二3、四2")
    act_on = DayField(help_text="行为发生的那一天")
    act_is_exam_day = FlagField(help_text="那一天是不是考试日")
    decided_on = DayField(help_text="作出决定的那一天")
    severity = serializers.ChoiceField(
        choices=[("lesser", "较轻"), ("serious", "严重")], required=False, allow_null=True, default=None
    )
    reminder = FlagField(required=False, default=False, help_text="是否有提醒后仍不改正的记录")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A decision follows the act."""
        if attrs["decided_on"] < attrs["act_on"]:
            raise serializers.ValidationError({"decided_on": ["决定不能早于行为发生的那一天。"]}, code="order")
        return attrs


# --- answered ------------------------------------------------------------------------------------------------------
class RefusalShown(serializers.Serializer[Any]):
    """Why something is refused: a stable code, a sentence, its clause (依据)."""

    code = serializers.CharField()
    message = serializers.CharField()
    clause = serializers.CharField()


class WindowShown(serializers.Serializer[Any]):
    """A 申报时间段: both days included, and the exam month that it leads to."""

    opens_on = serializers.DateField()
    closes_on = serializers.DateField()
    exam_month = MonthField()


class WindowAnswered(serializers.Serializer[Any]):
    """The window that is open on the day, and the next one to open."""

    on = serializers.DateField()
    window = WindowShown(allow_null=True)
    next_window = WindowShown(allow_null=True)


class DeadlinesAnswered(serializers.Serializer[Any]):
    """When tickets are made and results are due; provisional where a year's arrangement is not published."""

    ticket_on = serializers.DateField()
    results_due_on = serializers.DateField()
    provisional = serializers.BooleanField()


class DocumentErrorShown(serializers.Serializer[Any]):
    """What is wrong with a number."""

    code = serializers.CharField()
    message = serializers.CharField()


class DocumentAnswered(serializers.Serializer[Any]):
    """The judgement; birth date and sex only where the number itself holds them."""

    valid = serializers.BooleanField()
    normalized = serializers.CharField()
    birth_date = serializers.DateField(required=False)
    sex = serializers.CharField(required=False)
    errors = DocumentErrorShown(many=True)  # type: ignore[assignment]  # the contract's name for it

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Without what the number does not hold."""
        return {key: value for key, value in super().to_representation(instance).items() if value is not None}


class EligibilityAnswered(serializers.Serializer[Any]):
    """Whether the person is old enough, and from which day on if not."""

    allowed = serializers.BooleanField()
    refusals = RefusalShown(many=True)
    eligible_from = serializers.DateField(allow_null=True)


class FeeItemShown(serializers.Serializer[Any]):
    """One subject and its fee in yuan."""

    subject = serializers.CharField()
    amount = serializers.DecimalField(max_digits=10, decimal_places=2)


class FeeAnswered(serializers.Serializer[Any]):
    """The items in the order asked for, and their sum."""

    items = FeeItemShown(many=True)
    total = serializers.DecimalField(max_digits=10, decimal_places=2)


class RetakeAnswered(serializers.Serializer[Any]):
    """Whether a retake may be applied for, which subjects it takes, until when, and what it costs."""

    allowed = serializers.BooleanField()
    subjects = serializers.ListField(child=serializers.CharField())
    valid_until = serializers.DateField(allow_null=True)
    fee = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)
    refusals = RefusalShown(many=True)


class SanctionAnswered(serializers.Serializer[Any]):
    """What a decision under the clause takes, or why the clause cannot be applied."""

    allowed = serializers.BooleanField()
    refusals = RefusalShown(many=True)
    marks = serializers.ChoiceField(choices=["subject", "sitting"], allow_null=True)
    barred_from = serializers.DateField(allow_null=True)
    barred_until = serializers.DateField(allow_null=True)
    refund_grantable = serializers.BooleanField()
    certificate_void = serializers.BooleanField()
