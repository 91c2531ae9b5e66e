"""From what a person types to a query, and from a query to an answer."""
