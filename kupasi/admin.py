"""The office's admin: Django's own, without delete, with the state read-only and refusals shown as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from kupasi import charts, clock, queues
from kupasi.acts import Act
from kupasi.admin_links import OpenLinks
from kupasi.errors import Refusal, Refusals
from kupasi.people.roles import may_any


class OfficeSite(admin.AdminSite):
    """龙台路's desk."""

    site_header = "库帕思 · 业务受理"
    site_title = "库帕思"
    index_title = "今日待办"
    final_catch_all_view = False  # an address that is not there is not there for strangers either (no sign-in page)
    enable_nav_sidebar = False  # the home page lists everything, and lists keep their full width

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's own sign-in page, with its second factor and its limits."""
        return secure_admin_login(super().login)(request, extra_context)  # type: ignore[no-any-return]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Records that follow the permission matrix; the libraries' own tables have no place here."""
        if admin_class is not None and issubclass(admin_class, RecordAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The home of queues: what waits for this person, and since when."""
        lines = queues.board(request.user, on=clock.today())
        shown = {"board": lines, "charts": charts.for_person(request.user)}
        return super().index(request, {**(extra_context or {}), **shown})

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff; the second factor is asked for before any page (kupasi.middleware)."""
        return bool(request.user.is_active and request.user.is_staff)


class RecordAdmin(admin.ModelAdmin):
    """A record that is read here and changed by services only.

    `see` and `do` name actions of the permission matrix: who may look, who may add or change. Nobody deletes.
    """

    see: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    save_on_top = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(may_any(request.user, action) for action in (*self.see, *self.do, *self.add))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(may_any(request.user, action) for action in self.do)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return any(may_any(request.user, action) for action in self.add)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_action_choices(self, request: HttpRequest, default_choices: Any = (("", "请选择操作"),)) -> Any:
        """The actions by their words, the first line too."""
        return super().get_action_choices(request, list(default_choices))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A list is called by what it lists."""
        title = str(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows reach the admin as they reach every page: through `.visible_to(user)` where the model has it."""
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **more: Any) -> Any:
        """A field that is read here links to its row only where this person may open that."""
        context["adminform"] = OpenLinks(context["adminform"], request)
        context["inline_admin_formsets"] = [OpenLinks(one, request) for one in context["inline_admin_formsets"]]
        return super().render_change_form(request, context, *args, **more)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """What this person may not see is not found; a role without this list is not told what exists in it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django's own log is not kept: the audit record is."""
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """See `log_addition`."""
        return None

    def run(
        self, request: HttpRequest, rows: Iterable[Model], service: Callable[[Any, Act], object], *, done: str
    ) -> None:
        """Call one service per row with the row's key and the act; say what was done and what was refused, and why."""
        finished = 0
        for row in rows:
            try:
                service(row.pk, Act.of(request))
                finished += 1
            except Refusal as refusal:
                self.tell(request, refusal, about=str(row))
        if finished:
            self.message_user(request, f"{done}：{finished} 项。", messages.SUCCESS)

    def tell(self, request: HttpRequest, refusal: Refusal, *, about: str = "") -> None:
        """Show a refusal with its clause."""
        facts = refusal.facts if isinstance(refusal, Refusals) else [refusal]
        for fact in facts:
            text = fact.sentence if isinstance(fact, Refusal) else fact.message
            clause = f"（依据：{fact.clause}）" if fact.clause else ""
            self.message_user(request, f"{about}　{text}{clause}".strip(), messages.ERROR)
