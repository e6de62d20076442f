"""Fixtures that every test may ask for; those of one app live beside its tests."""

from tests.services import own_cache, own_postgres, own_redis

__all__ = ["own_cache", "own_postgres", "own_redis"]
