"""The house keeps its order: nothing looks up, rules stay pure, personal rows are reached through one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["kupasi/audit", "kupasi/people", "kupasi/notices", "kupasi/approvals"]
APPS += ["exams", "certificates", "discipline", "registration"]
APPS += ["kupasi/operations"]  # part of the roof: may use everything, and only the roof names it
ORDER = {name.replace("/", "."): rank for rank, name in enumerate(APPS)}
ROOF = {"kupasi.settings", "kupasi.urls", "kupasi.api_urls", "kupasi.celery"}
BASE_MAY_USE = {"kupasi.people.roles", "kupasi.people.models"}  # named by the admin base and for types only
PERSONAL = {
    "Candidate",
    "IdentityDocument",
    "Photo",
    "Notice",
    "Application",
    "Order",
    "Payment",
    "Entry",
    "Seat",
    "AdmissionTicket",
    "Mark",
    "Certificate",
    "Bar",
    "BarLine",
    "BarList",
    "Case",
    "Complaint",
    "Proposal",
    "Refund",
    "Resemblance",
    "DisruptionChoice",
    "Roster",
    "MarkedFile",
    "ListFile",
    "RosterObjection",
    "RosterPhoto",
    "RosterRow",
    "RosterUpload",
}


def sources(*, app: str = "") -> list[Path]:
    """Every Python file of the product (or of one app), without migrations."""
    roots = [ROOT / app] if app else [ROOT / "kupasi", *(ROOT / name for name in APPS if "/" not in name)]
    return sorted(path for root in roots for path in root.rglob("*.py") if "migrations" not in path.parts)


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def app_of(module: str) -> str | None:
    """The app that a module belongs to, or None for the base and the roof."""
    return next((name for name in ORDER if module == name or module.startswith(f"{name}.")), None)


def imports(path: Path) -> Iterator[str]:
    """Absolute names of what a file imports, type-checking imports left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {
        id(one)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for one in ast.walk(node)
    }
    package = module_of(path).split(".") if path.name == "__init__.py" else module_of(path).split(".")[:-1]
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (stem, node.module or "") if part)
            yield from (f"{name}.{alias.name}" for alias in node.names)


def upward(module: str, imported: str) -> bool:
    """Whether this import looks up."""
    if any(imported == roof or imported.startswith(f"{roof}.") for roof in ROOF):
        return module not in ROOF and module not in {"kupasi", "kupasi.wsgi", "kupasi.serve"}
    here, there = app_of(module), app_of(imported)
    if there is None or module in ROOF or module in {"kupasi.wsgi", "kupasi.serve"}:
        return False
    if here is None:
        return not any(imported.startswith(name) for name in BASE_MAY_USE)
    return ORDER[there] > ORDER[here]


def test_nothing_imports_what_lies_above_it() -> None:
    found = [
        f"{module_of(path)} → {name}" for path in sources() for name in imports(path) if upward(module_of(path), name)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("exams.services.marks", "registration.models.Application"),
        ("kupasi.people.models", "exams.models.Entry"),
        ("kupasi.dates", "exams.models"),
        ("exams.models", "kupasi.urls"),
    ],
)
def test_an_upward_import_would_be_seen(module: str, imported: str) -> None:
    assert upward(module, imported)


def is_rule(path: Path) -> bool:
    """Files that judge: rules and the dates that they count with."""
    return "rules" in path.parts or path.name in {"rules.py", "dates.py", "refusals.py"}


def test_rules_know_neither_django_nor_models() -> None:
    banned = ("django", "rest_framework", "celery")
    found = [
        f"{module_of(path)} → {name}"
        for path in sources()
        if is_rule(path)
        for name in imports(path)
        if name.split(".")[0] in banned or ".models" in name or ".services" in name
    ]
    assert found == []


def test_the_rules_are_where_this_test_looks() -> None:
    assert {app_of(module_of(path)) for path in sources() if is_rule(path)} >= {
        "kupasi.people",
        "exams",
        "certificates",
        "discipline",
        "registration",
    }


def test_no_service_imports_a_task() -> None:
    found = [
        f"{module_of(path)} → {name}"
        for path in sources()
        if "services" in module_of(path)
        for name in imports(path)
        if ".tasks" in name
    ]
    assert found == []


def unscoped(tree: ast.AST) -> Iterator[str]:
    """`Model.objects.…` of a personal model in a view or API that begins at none of the doors."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "objects" and isinstance(node.value, ast.Name):
            above = parents.get(node)
            scoped = isinstance(above, ast.Attribute) and above.attr in {"visible_to", "public", "none"}
            if node.value.id in PERSONAL and not scoped:
                yield f"{node.value.id}.objects, line {node.lineno}"


def is_edge(path: Path) -> bool:
    """Views and APIs: where a person's request meets rows."""
    return "views" in path.parts or path.name in {"views.py"} or path.stem.startswith("api")


def test_views_reach_personal_rows_through_one_door() -> None:
    found = [
        f"{module_of(path)}: {text}"
        for path in sources()
        if is_edge(path)
        for text in unscoped(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_a_view_past_the_door_would_be_seen() -> None:
    assert list(unscoped(ast.parse("row = Application.objects.get(pk=1)")))
    assert not list(unscoped(ast.parse("row = Application.objects.visible_to(user).get(pk=1)")))


def test_the_clock_is_read_at_the_edge_only() -> None:
    found = []
    for path in sources():
        if "services" in path.parts or is_rule(path) or "models" in path.parts or path.name == "models.py":
            text = path.read_text(encoding="utf-8")
            found += [
                module_of(path)
                for word in ("timezone.now", "datetime.now", "date.today", "clock.now(", "clock.today(")
                if word in text
            ]
    assert found == []


def test_files_stay_readable() -> None:
    long = [f"{module_of(path)}: {lines}" for path in sources() if (lines := len(path.read_text().splitlines())) > 300]
    assert [one for one in long if not one.startswith("kupasi.settings")] == []


def test_functions_stay_short() -> None:
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 50:
                    found.append(f"{module_of(path)}.{node.name}: {length}")
    assert found == []


def test_no_template_has_inline_script_or_style() -> None:
    import re

    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=\"", re.IGNORECASE)
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "pdf" not in path.parts]
    assert [str(path.relative_to(ROOT)) for path in pages if inline.search(path.read_text(encoding="utf-8"))] == []
