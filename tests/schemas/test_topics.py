"""The topics table is sane, and a message knows its size and headers."""

from schemas.message import Message, TopicPartition
from schemas.topics import BY_NAME, DEAD_LETTER, RAW, TOPICS


def test_names_are_unique_and_versioned() -> None:
    """A topic's name carries its version, and no two topics share one."""
    assert len(BY_NAME) == len(TOPICS)
    assert all(topic.name.startswith("news.") and topic.name.endswith(".v1") for topic in TOPICS)


def test_dead_letters_hold_any_other_message() -> None:
    """The dead-letter topic takes the largest message of all others, with room for its headers."""
    largest = max(topic.max_message_bytes for topic in TOPICS if topic is not DEAD_LETTER)
    assert DEAD_LETTER.max_message_bytes > largest


def test_only_corrections_are_compacted() -> None:
    """What people corrected is kept for ever; everything else ages out."""
    assert [topic.name for topic in TOPICS if topic.compacted] == ["news.corrections.v1"]


def test_message_size_and_last_header_wins() -> None:
    """The size counts key, value and headers; of two headers with one name the last is meant."""
    message = Message(RAW.name, 3, 7, 0, b"key", b"value", (("a", b"1"), ("a", b"22")))
    assert message.size_bytes == 3 + 5 + (1 + 1) + (1 + 2)
    assert message.header("a") == b"22"
    assert message.header("b") is None
    assert message.position == (RAW.name, 3, 7)
    assert message.topic_partition == TopicPartition(RAW.name, 3)
