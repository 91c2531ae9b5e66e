"""What each step adds to an article: language, entities, origin, fingerprint. Pure; processes run it."""
