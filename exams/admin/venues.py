"""Sites and sittings for the office, and the seating of a session."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from exams.models import Site, Sitting
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.audit.services import record
from kupasi.people.roles import may

from .arrange import may_do
from .forms import SittingForm
from .repairs import RepairPages

ASK = "admin:approvals_proposal_ask"


class ArrangedAdmin(RecordAdmin):
    """Read by whoever may look at the arrangement, changed by those who make it."""

    see = ("seat.arrange",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_do(request.user, "seat.arrange")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_do(request.user, "seat.arrange")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the row and what changed in it."""
        before = {key: str(form.initial.get(key)) for key in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        after = {key: str(form.cleaned_data.get(key)) for key in form.changed_data}
        action = f"{obj._meta.model_name}.{'changed' if change else 'created'}"
        record(Act.of(request), action, obj, before=before, after=after)


@admin.register(Site)
class SiteAdmin(ArrangedAdmin):
    """Where people are examined."""

    list_display = ("name", "address", "phone", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "address")


@admin.register(Sitting)
class SittingAdmin(RepairPages, ArrangedAdmin):
    """Which subject when and where; made and changed through the services only."""

    form = SittingForm
    list_display = ("on", "time", "exam_session", "subject", "room", "places", "status")
    list_filter = ("exam_session", "on", "room__site", "status")
    list_select_related = ("exam_session__occupation", "subject", "room__site")
    date_hierarchy = "on"
    change_list_template = "admin/exams/sittings.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("exam_session", "subject", "taken", "status", "to_change") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A reason is asked for when something is changed."""
        fields = ("exam_session", "subject", "room", "starts_at", "ends_at", "capacity", "invigilators", "markers")
        reason = ("reason",) if self.has_change_permission(request, obj) else ()
        asks = ("to_change",) if obj and may(request.user, "plan.edit", how="ask") else ()
        return (*fields, "taken", "status", *reason, *asks) if obj else fields

    @admin.display(description="改期或取消")
    def to_change(self, row: Sitting) -> SafeString:
        """Where another person's approval is asked for; those in the sitting are told and may choose (rules A4)."""
        move, cancel = (reverse(ASK, args=[kind, row.pk]) for kind in ("sitting_move", "sitting_cancel"))
        return format_html('<a href="{}">申请改期</a>　<a href="{}">申请取消</a>', move, cancel)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"act": Act.of(request)})

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only people who have the role."""
        role = {"invigilators": "invigilator", "markers": "marker"}[db_field.name]
        kwargs["queryset"] = db_field.related_model.objects.filter(groups__name=role, is_active=True)
        kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What the form tried out is now done."""
        kept = form.carry_out(form.cleaned_data)
        obj.__dict__.update(kept.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who invigilates and who marks belongs to the record."""
        super().save_related(request, form, formsets, change)
        changed = {"invigilators", "markers"} & set(form.changed_data)
        people = {key: sorted(one.pk for one in form.cleaned_data[key]) for key in sorted(changed)}
        if people:
            record(Act.of(request), "sitting.staffed", form.instance, after=people)

    @admin.display(description="时间", ordering="starts_at")
    def time(self, row: Sitting) -> str:
        return f"{localtime(row.starts_at):%H:%M}–{localtime(row.ends_at):%H:%M}"

    @admin.display(description="已排 / 名额", ordering="taken")
    def places(self, row: Sitting) -> str:
        return f"{row.taken} / {row.capacity}"
