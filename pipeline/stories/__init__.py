"""Which articles are copies of one another, and which tell one story. Decisions are pure."""
