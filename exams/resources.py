"""Marks by template, as django-import-export sees them: a dry run is the preview, the run writes all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import RowResult
from tablib import Dataset

from exams.models import Sitting
from exams.services.mark_columns import ColumnLine, Judged, LineAnswer, enter_column, judge_lines
from exams.services.mark_sheets import MARK, TICKET
from kupasi.acts import Act

LINE = "行"


def dataset_of(lines: Sequence[ColumnLine]) -> Dataset:
    """Lines as the library takes them."""
    made = Dataset(headers=[LINE, TICKET, MARK])
    made.extend([one.number, one.ticket, one.typed] for one in lines)
    return made


class MarkResource(resources.Resource):
    """One sitting's column for one marker; every line is judged by the same service that pasting uses."""

    ticket = fields.Field(attribute="ticket", column_name=TICKET)
    value = fields.Field(attribute="value", column_name=MARK)

    class Meta:
        use_transactions = False  # the service has its own, around everything
        instance_loader_class = BaseInstanceLoader
        use_bulk = True  # no savepoint for each line

    def __init__(self, sitting: Sitting, lines: Sequence[ColumnLine], by: Act, judged: Judged | None = None) -> None:
        super().__init__()
        self.sitting, self.lines, self.by, self.judged = sitting, lines, by, judged
        self.entered = 0

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> RowResult:
        """What becomes of one line in the preview; the writing judges under its locks, for all lines at once."""
        result = RowResult()
        if self.judged is None:
            result.import_type = RowResult.IMPORT_TYPE_NEW
            return result
        answer = self.judged.answers[kwargs["row_number"] - 1]
        result.import_type = RowResult.IMPORT_TYPE_NEW if answer.state == "new" else RowResult.IMPORT_TYPE_SKIP
        if answer.is_wrong:
            result.import_type = RowResult.IMPORT_TYPE_INVALID
            result.validation_error = ValidationError(answer.sentence, code=answer.code)
        return result

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        """Write, unless this is the preview; the service judges again under its locks."""
        if not kwargs.get("dry_run", True):
            self.entered = enter_column(self.sitting.pk, self.lines, by=self.by)


def preview(sitting: Sitting, lines: Sequence[ColumnLine], *, by: Act) -> tuple[Judged, dict[str, int]]:
    """Every line with what becomes of it, and how many of each kind; nothing is written."""
    judged = judge_lines(sitting, lines, marker=by.person)
    result = _run(MarkResource(sitting, lines, by, judged), dry_run=True)
    return judged, dict(result.totals)


def commit(sitting: Sitting, lines: Sequence[ColumnLine], *, by: Act) -> int:
    """Enter all lines or none; how many were entered. Refuses as `enter_column` does."""
    resource = MarkResource(sitting, lines, by)
    _run(resource, dry_run=False)
    return resource.entered


def _run(resource: MarkResource, *, dry_run: bool) -> Any:
    """The library keeps what was raised; here it is raised on."""
    result = resource.import_data(dataset_of(resource.lines), dry_run=dry_run, raise_errors=False)
    for error in result.base_errors:
        raise error.error
    return result


def wrong_first(judged: Judged) -> list[LineAnswer]:
    """The lines in error before the others, each kind in its order."""
    return sorted(judged.answers, key=lambda one: (not one.is_wrong, one.line.number))
