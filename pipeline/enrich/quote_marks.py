"""Where quotation marks open and close: a paragraph → the stretches between them. Pure.

Marks are judged by their form and by what stands beside them, since publishers mix forms, turn them the wrong way and
forget them. Only the outermost stretches are returned. Straight, curly, low (German), pointed (both ways) and single
marks are known; single ones count only where a paragraph has no others, because apostrophes look the same.
"""

import re
from typing import Final, NamedTuple

PAIRS: Final = {
    '"': '"”“',
    "“": '”"“',
    "”": '”"',
    "„": '“”"‟',
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "‟": '”"',
}
"""Opening mark → what can close it, the proper one first."""

_MARK: Final = re.compile(r"[\"“”„‟«»‹›「」『』]|''|``")
_SINGLE: Final = re.compile(r"(?<!\w)['‘‚](?=[^\W\d_])")
_SINGLE_END: Final = re.compile(r"(?<=[\w.,!?…])['’‘](?!\w)")
_ALWAYS_OPEN: Final = frozenset("„‟‹「『")
_ALWAYS_CLOSE: Final = frozenset("›」』")
_POINTED: Final = frozenset("«»")
_BEFORE_OPENING: Final = frozenset(" \t\u00a0\u202f\u2009([{—–-―/¡¿:>…'‘")
_AFTER_CLOSING: Final = frozenset(" \t\u00a0\u202f\u2009)]}—–-―/.,;:!?…<'’")
MAX_STRETCHES: Final = 200
"""Of one paragraph; more are an attack or a table."""


class Stretch(NamedTuple):
    """Text between marks, half-open, the marks included. `closed` is False when the paragraph ends first."""

    start: int
    end: int
    closed: bool

    def inner(self, text: str) -> str:
        """Return what is between the marks, without blanks."""
        return text[self.start + 1 : self.end - self.closed].strip()


def find_stretches(text: str, start: int, end: int) -> list[Stretch]:
    """Return the outermost quoted stretches of `text[start:end]`, one paragraph, in order."""
    marks = [match.start() for match in _MARK.finditer(text, start, end)]
    if not marks:
        return _find_single(text, start, end)
    reversed_pointed = _is_reversed(text, marks, start, end)
    found: list[Stretch] = []
    number = 0
    while number < len(marks) and len(found) < MAX_STRETCHES:
        place = marks[number]
        if not _can_open(text, place, start, end, reversed_pointed=reversed_pointed):
            number += 1
            continue
        closing = _find_closing(text, marks, number, end)
        if closing is None:
            # Forgotten, or the quote goes on in the next paragraph; in mid-sentence it is no quote.
            if place == start or text[place + 1 : place + 2].isupper():
                found.append(Stretch(place, end, closed=False))
            break
        found.append(Stretch(place, marks[closing] + 1, closed=True))
        number = closing + 1
    return found


def _is_reversed(text: str, marks: list[int], start: int, end: int) -> bool:
    """Return whether pointed marks point inwards, »so«, as in German books and papers."""
    for place in marks:
        if text[place] in _POINTED:
            before = text[place - 1] if place > start else " "
            after = text[place + 1] if place + 1 < end else " "
            return text[place] == "»" and (before.isspace() or before in "(„“") and not after.isspace()
    return False


def _can_open(text: str, place: int, start: int, end: int, *, reversed_pointed: bool) -> bool:
    mark = text[place]
    if mark in _POINTED:
        return (mark == "»") == reversed_pointed
    if mark in _ALWAYS_OPEN:
        return True
    if mark in _ALWAYS_CLOSE:
        return False
    before = text[place - 1] if place > start else " "
    after = text[place + 1] if place + 1 < end else " "
    if mark == "“":
        return not (after.isspace() and (before.isalnum() or before in ".,!?"))
    if mark == "”":  # turned the wrong way
        return before.isspace() and not after.isspace()
    return before in _BEFORE_OPENING and not after.isspace()


def _can_close(text: str, place: int, end: int) -> bool:
    before = text[place - 1]
    after = text[place + 1] if place + 1 < end else " "
    return not before.isspace() and (after in _AFTER_CLOSING or not after.isalnum())


def _find_closing(text: str, marks: list[int], number: int, end: int) -> int | None:
    """Return which mark closes the one at `number`: the proper one at the same depth, else any that can."""
    opening = text[marks[number]]
    proper, others = PAIRS.get(opening, '"')[0], PAIRS.get(opening, '"')[1:]
    depth = 0
    for index in range(number + 1, len(marks)):
        place = marks[index]
        mark = text[place]
        if mark == opening != proper and opening not in _POINTED:
            if not _can_close(text, place, end) or text[place - 1] in _BEFORE_OPENING:
                depth += 1
                continue
        elif mark != proper:
            continue
        if opening in _POINTED or opening in "‹「『" or _can_close(text, place, end):
            if depth == 0:
                return index
            depth -= 1
    for index in range(number + 1, len(marks)):
        if text[marks[index]] in proper + others and _can_close(text, marks[index], end):
            return index
    return None


def _find_single(text: str, start: int, end: int) -> list[Stretch]:
    found: list[Stretch] = []
    after = start
    for opening in _SINGLE.finditer(text, start, end):
        if opening.start() < after:
            continue
        closing = _SINGLE_END.search(text, opening.end(), end)
        if closing is None or len(found) == MAX_STRETCHES:
            break
        found.append(Stretch(opening.start(), closing.end(), closed=True))
        after = closing.end()
    return found
