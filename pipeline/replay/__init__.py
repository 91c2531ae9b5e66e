"""Working on articles again that the log still holds: which of them, how far it has come, and sending them."""
