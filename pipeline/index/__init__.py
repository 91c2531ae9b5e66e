"""Where enriched articles are kept and searched: embedded on SQLite and Tantivy, distributed on Elasticsearch."""
