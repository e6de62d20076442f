"""Whether the process answers, and whether everything behind it does. Says nothing that helps a stranger."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_migrated: list[bool] = []  # once the database is at the present models it stays there for this process
gates: dict[str, Callable[[], bool]] = {}  # what the apps above want to be true before the site opens


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The web process lives."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, tables and broker are there, and every gate is open; 503 and the first part that is not."""
    checks = {"database": database_answers, "migrations": is_migrated, "broker": broker_answers, **gates}
    failing = next((name for name, check in checks.items() if not check()), None)
    if failing:
        return JsonResponse({"status": "not ready", "part": failing}, status=503)
    return JsonResponse({"status": "ready"})


def database_answers() -> bool:
    """A query that needs no table."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def is_migrated() -> bool:
    """Every migration of this version is applied."""
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return False
        except DatabaseError:
            return False
        _migrated.append(True)
    return True


def broker_answers() -> bool:
    """Redis answers within two seconds; an install without Redis has nothing to ask."""
    if not settings.REDIS_URL:
        return True
    import redis

    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
