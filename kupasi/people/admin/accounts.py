"""Accounts of the office and of institutions, with their roles (matrix: account.create_staff, role.grant)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import Refusal
from kupasi.people.models import Institution, User
from kupasi.people.roles import ROLES, STAFF, may
from kupasi.people.rules import judge_name
from kupasi.people.services import staff

ROLE_CHOICES = [(code, label) for code, label in ROLES.items() if code != "candidate"]


class AccountForm(forms.ModelForm):
    """A user name, a name, roles, and the institution of its people."""

    roles = forms.MultipleChoiceField(label="角色", choices=ROLE_CHOICES, widget=forms.CheckboxSelectMultiple)
    institution = forms.ModelChoiceField(label="所属机构", queryset=Institution.objects.all(), required=False)
    reason = forms.CharField(label="理由", required=False, max_length=200)

    class Meta:
        model = User
        fields = ("username", "name", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["roles"] = list(self.instance.groups.values_list("name", flat=True))

    def clean_name(self) -> str:
        """As every name is judged."""
        answer = judge_name(self.cleaned_data["name"])
        if not answer.valid:
            raise Refusal.from_fact(answer.errors[0])
        return answer.normalized

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        outside = set(values.get("roles", ())) - STAFF
        if outside and not self.instance.pk and values.get("institution") is None:
            self.add_error("institution", forms.ValidationError("机构账号要选择所属机构。", code="institution_missing"))
        return values


@admin.register(User)
class UserAdmin(RecordAdmin):
    """Accounts without a person behind them; candidates open their own."""

    see = ("account.create_staff", "role.grant")
    form = AccountForm
    list_display = ("username", "name", "roles_shown", "institution_shown", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    list_select_related = ("membership__institution",)
    search_fields = ("username", "name")
    show_facets = admin.ShowFacets.NEVER
    actions = ("close", "open", "new_password", "forget_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(candidate=None).prefetch_related("groups")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "account.create_staff", how="ask")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Others' accounts only: nobody touches their own roles."""
        return may(request.user, "role.grant", how="ask") and (obj is None or obj.pk != request.user.pk)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self.has_change_permission(request, obj):
            return ("username", "name", "roles_shown", "institution_shown", "is_active", "last_login")
        if obj is None:
            return ("username", "name", "roles", "institution")
        return ("username", "name", "institution_shown", "is_active", "last_login", "roles", "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("username", "name", "institution_shown", "roles_shown", "is_active", "last_login")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Through the services, so that each change is recorded once."""
        values, by = form.cleaned_data, Act.of(request)
        if change:
            staff.set_roles(obj.pk, roles=values["roles"], by=by, reason=values.get("reason", ""))
            return
        made = staff.create_account(
            by, username=obj.username, name=obj.name, roles=values["roles"], institution=values["institution"]
        )
        obj.pk = made.pk
        self.message_user(request, "账号已建立。请用“生成初始密码”得到初始密码，当面交给本人。", messages.INFO)

    @admin.display(description="角色")
    def roles_shown(self, user: User) -> str:
        return "、".join(ROLES.get(group.name, group.name) for group in user.groups.all())

    @admin.display(description="所属机构")
    def institution_shown(self, user: User) -> str:
        membership = getattr(user, "membership", None)
        return str(membership.institution) if membership else "—"

    @admin.action(description="停用账号", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Sessions and keys end at once."""
        self.run(request, queryset, lambda pk, by: staff.disable_account(pk, by=by), done="已停用")

    @admin.action(description="重新启用账号", permissions=["change"])
    def open(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The account opens again."""
        self.run(request, queryset, lambda pk, by: staff.enable_account(pk, by=by), done="已启用")

    @admin.action(description="重置两步验证", permissions=["change"])
    def forget_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For a lost device: the person enrols anew."""
        self.run(request, queryset, lambda pk, by: staff.reset_second_factor(pk, by=by), done="已重置两步验证")

    @admin.action(description="生成初始密码", permissions=["change"])
    def new_password(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Shown once on its own page."""
        by = Act.of(request)
        users = list(queryset.exclude(pk=by.person.pk)[:2])
        if len(users) != 1:
            self.message_user(request, "请只选一个账号，且不是自己的。", messages.ERROR)
            return None
        password = staff.first_password(users[0].pk, by=by)
        response = render(request, "people/first_password.html", {"account": users[0], "password": password})
        response["Cache-Control"] = "no-store"
        return response
