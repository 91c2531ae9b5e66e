"""The search site and its JSON API: HTTP in, pages, JSON, feeds and exports out. Imports no engine and no model."""
