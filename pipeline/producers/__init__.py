"""From files and feeds to the raw topic, each article sent once."""
