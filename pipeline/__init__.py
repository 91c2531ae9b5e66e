"""The path of an article: sources → producers → extract → enrich → index → stories → search."""
