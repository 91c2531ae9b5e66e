"""What people say of entities, applied to new and old articles alike.

`table` and `entities` and `article` are pure; `follow` reads the topic, `sweep` goes through an index.
"""
