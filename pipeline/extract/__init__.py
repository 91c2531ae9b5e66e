"""From a page or a plain text to an article's parts: pure functions, no network, no clock."""
