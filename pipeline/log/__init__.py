"""Durable logs: topics, partitions, offsets. Embedded on SQLite, distributed on Kafka, behind one protocol."""
