"""Who may do what: the permission matrix, kept as groups and permissions that follow the file at every migration."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from .models import User

MATRIX = Path(__file__).parent / "data" / "permission_matrix.tsv"
ROLES = {
    "candidate": "参评人员",
    "institution_clerk": "机构经办人",
    "institution_approver": "机构审核人",
    "clerk": "受理",
    "marker": "阅卷",
    "publisher": "成绩发布",
    "invigilator": "监考",
    "supervisor": "监督",
    "finance": "财务",
    "auditor": "审计",
    "admin": "系统管理",
}
STAFF = frozenset(ROLES) - {"candidate", "institution_clerk", "institution_approver"}


@functools.cache
def matrix() -> dict[str, dict[str, str]]:
    """Action → role → cell, as the file has it."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return {row["action"]: row for row in csv.DictReader(file, delimiter="\t")}


def codenames(action: str, cell: str) -> set[str]:
    """The permissions that a cell gives: A may ask, V approves, anything else but '-' may do or see."""
    stem = action.replace(".", "_")
    found = {stem} if cell != "-" and set(cell) & set("OTRYLm") else set()
    if "A" in cell:
        found.add(f"{stem}_ask")
    if "V" in cell:
        found.add(f"{stem}_approve")
    return found


def may(user: Any, action: str, *, how: str = "") -> bool:
    """Whether the person's role has this action: `how` is '' (do or see), 'ask' or 'approve'."""
    suffix = f"_{how}" if how else ""
    return bool(user.is_authenticated and user.has_perm(f"people.{action.replace('.', '_')}{suffix}"))


def may_any(user: Any, action: str) -> bool:
    """Whether the person's role has this action in any form."""
    return any(may(user, action, how=how) for how in ("", "ask", "approve"))


def has_cell(user: Any, action: str, letters: str) -> bool:
    """Whether one of the person's roles has one of these letters for the action, L (logged) for instance."""
    return any(set(matrix()[action].get(role, "-")) & set(letters) for role in user.role_names)


def has_role(user: User, *roles: str) -> bool:
    """Whether the person holds one of the roles."""
    return bool(user.is_authenticated) and not user.role_names.isdisjoint(roles)


def sync(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Make groups and permissions equal to the matrix; run after every migration."""
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType

    from .models import User

    kind, _ = ContentType.objects.db_manager(using).get_or_create(app_label="people", model=User._meta.model_name)
    wanted: dict[str, set[str]] = {role: set() for role in ROLES}
    names: dict[str, str] = {}
    for action, row in matrix().items():
        for role in ROLES:
            given = codenames(action, row[role])
            wanted[role] |= given
            names |= dict.fromkeys(given, row["what"][:255])
    stored = {one.codename: one for one in Permission.objects.using(using).filter(content_type=kind)}
    for code, name in names.items():
        if code not in stored:
            stored[code] = Permission.objects.using(using).create(content_type=kind, codename=code, name=name)
    for role, codes in wanted.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        if {one.codename for one in group.permissions.all()} != codes:
            group.permissions.set([stored[code] for code in codes])
