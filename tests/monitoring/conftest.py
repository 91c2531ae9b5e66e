"""Fixtures of the monitoring tests."""

from tests.monitoring.world import world

__all__ = ["world"]
