"""Outlets beyond those that are shipped: what lists and feeds claim of them, kept in one file."""
