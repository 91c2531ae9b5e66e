"""Polite fetching from servers that may be hostile, and the poller of feeds on top of it."""
