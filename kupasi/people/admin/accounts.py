"""Accounts of the office and of institutions, with their roles (matrix: account.create_staff, role.grant)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import Refusal
from kupasi.people.models import User
from kupasi.people.roles import ROLES, may
from kupasi.people.services import invitations
from kupasi.people.views.invitations import link_of

ASK = "admin:approvals_proposal_ask"


class RoleFilter(admin.SimpleListFilter):
    """Accounts that have a role, by the names people know."""

    title, parameter_name = "角色", "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [pair for pair in ROLES.items() if pair[0] != "candidate"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(groups__name=self.value()) if self.value() in ROLES else queryset


@admin.register(User)
class UserAdmin(RecordAdmin):
    """Accounts without a person behind them; candidates open their own."""

    see = ("account.create_staff", "role.grant")
    list_display = ("username", "name", "roles_shown", "institution_shown", "is_active", "last_login")
    list_filter = ("is_active", RoleFilter)
    list_select_related = ("membership__institution",)
    search_fields = ("username", "name")
    show_facets = admin.ShowFacets.NEVER
    actions = ("roles", "close", "open", "invite", "forget_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(candidate=None).prefetch_related("groups")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "account.create_staff", how="ask")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Lists offer actions to those who may ask; an account is read here, and links to the same."""
        return obj is None and may(request.user, "role.grant", how="ask")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A new account is asked for, and opened by the approval of another person."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect(ASK, "staff_account", 0)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("sign_in_name", "name", "roles_shown", "institution_shown", "in_use", "last_login")
        asks = obj is not None and obj.pk != request.user.pk and may(request.user, "role.grant", how="ask")
        return (*shown, "two_people") if asks else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj)

    def _ask(self, request: HttpRequest, queryset: QuerySet[User], kind: str) -> HttpResponse | None:
        """To the page where another person's approval is asked for."""
        users = list(queryset.exclude(pk=request.user.pk or 0)[:2])
        if len(users) != 1:
            self.message_user(request, "请只选一个账号，且不是自己的。", messages.ERROR)
            return None
        return redirect(ASK, kind, users[0].pk)

    @admin.display(description="用户名")
    def sign_in_name(self, user: User) -> str:
        return user.username

    @admin.display(description="启用", boolean=True)
    def in_use(self, user: User) -> bool:
        return user.is_active

    @admin.display(description="须两人办理")
    def two_people(self, user: User) -> SafeString:
        """The pages where another person's approval is asked for, as the list's actions do."""
        state = ("account_close", "申请停用账号") if user.is_active else ("account_open", "申请重新启用账号")
        asks = [("role_grant", "申请调整角色"), state, ("second_factor_reset", "申请重置两步验证")]
        rows = [(reverse(ASK, args=[kind, user.pk]), label) for kind, label in asks]
        return format_html_join("　", '<a href="{}">{}</a>', rows)

    @admin.display(description="角色")
    def roles_shown(self, user: User) -> str:
        return "、".join(ROLES.get(group.name, group.name) for group in user.groups.all())

    @admin.display(description="所属机构")
    def institution_shown(self, user: User) -> str:
        membership = getattr(user, "membership", None)
        return str(membership.institution) if membership else "—"

    @admin.action(description="申请调整角色", permissions=["change"])
    def roles(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Roles are given and taken by two people."""
        return self._ask(request, queryset, "role_grant")

    @admin.action(description="申请停用账号", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Sessions and keys end when it is approved."""
        return self._ask(request, queryset.filter(is_active=True), "account_close")

    @admin.action(description="申请重新启用账号", permissions=["change"])
    def open(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """The account opens again when it is approved."""
        return self._ask(request, queryset.filter(is_active=False), "account_open")

    @admin.action(description="申请重置两步验证", permissions=["change"])
    def forget_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """For a lost device: the person enrols anew once it is approved."""
        return self._ask(request, queryset, "second_factor_reset")

    @admin.action(description="生成邀请链接", permissions=["change"])
    def invite(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Shown once on its own page."""
        by = Act.of(request)
        users = list(queryset.exclude(pk=by.person.pk)[:2])
        if len(users) != 1:
            self.message_user(request, "请只选一个账号，且不是自己的。", messages.ERROR)
            return None
        try:
            token, _ = invitations.invite(users[0].pk, by=by)
        except Refusal as refusal:
            self.tell(request, refusal)
            return None
        shown = {"account": users[0], "link": link_of(token), "days": invitations.LIFE.days}
        response = render(request, "people/invitation.html", shown)
        response["Cache-Control"] = "no-store"
        return response
