"""Every form in which news arrives, read: bytes in, records out. Pure; no network, no files, no clock."""
