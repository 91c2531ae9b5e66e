"""The contracts of newswire: records, topics, fields and errors. Imports nothing of ours and performs no I/O."""
