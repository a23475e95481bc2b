"""The registry's ready-made database, and processes that start fast."""

from tests.integration.registry.conftest import empty_database, processes

__all__ = ["empty_database", "processes"]
