"""Saved searches, what they raise, and telling those who asked."""
