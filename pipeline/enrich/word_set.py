"""Sets of words, written as one text so that they can be read and sorted by eye. Pure."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of `text`.

    >>> sorted(word_set("mr mrs  dr"))
    ['dr', 'mr', 'mrs']
    """
    return frozenset(text.split())
