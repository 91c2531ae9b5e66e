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

_MARK: Final = re.compile(r"[\"“”„‟«»‹›「」『』]")
_SINGLE: Final = re.compile(r"(?<!\w)['‘‚](?=[^\W\d_])")
_SINGLE_END: Final = re.compile(r"(?<=[\w.,!?…])['’‘](?!\w)")
_ALWAYS_OPEN: Final = frozenset("„‟‹「『")
_ALWAYS_CLOSE: Final = frozenset("›」』")
_POINTED: Final = frozenset("«»")
_BEFORE_OPENING: Final = frozenset("\0 \t\u00a0\u202f\u2009([{—–-―/¡¿:>…'‘")
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
        return text[self.start + 1 : self.end - self.closed].strip(" \u00a0\u202f'`")


def find_stretches(text: str, start: int, end: int) -> list[Stretch]:
    """Return the outermost quoted stretches of `text[start:end]`, one paragraph, in order."""
    # Two single marks stand for a double one in agency copy; the second becomes a sign that is neither word nor blank.
    paragraph = text[start:end].replace("''", '"\0').replace("``", '"\0')
    return [
        Stretch(start + found.start, start + found.end + paragraph.startswith("\0", found.end), found.closed)
        for found in _find(paragraph)
    ]


def _find(text: str) -> list[Stretch]:
    marks = [match.start() for match in _MARK.finditer(text)]
    if not marks:
        return _find_single(text)
    end = len(text)
    reversed_pointed = _is_reversed(text, marks)
    found: list[Stretch] = []
    number = 0
    while number < len(marks) and len(found) < MAX_STRETCHES:
        place = marks[number]
        if not _can_open(text, place, reversed_pointed=reversed_pointed):
            number += 1
            continue
        closing = _find_closing(text, marks, number, end)
        if closing is None:
            # Forgotten, or the quote goes on in the next paragraph; in mid-sentence it is no quote.
            if place == 0 or text[place + 1 : place + 2].isupper():
                found.append(Stretch(place, end, closed=False))
            break
        found.append(Stretch(place, marks[closing] + 1, closed=True))
        number = closing + 1
    return found


def _is_reversed(text: str, marks: list[int]) -> bool:
    """Return whether pointed marks point inwards, »so«, as in German books and papers."""
    for place in marks:
        if text[place] in _POINTED:
            before, after = text[place - 1 : place] or " ", text[place + 1 : place + 2] or " "
            return text[place] == "»" and (before.isspace() or before in "(„“") and not after.isspace()
    return False


def _can_open(text: str, place: int, *, reversed_pointed: bool) -> bool:
    mark = text[place]
    if mark in _POINTED:
        return (mark == "»") == reversed_pointed
    if mark in _ALWAYS_OPEN:
        return True
    if mark in _ALWAYS_CLOSE:
        return False
    before, after = text[place - 1 : place] or " ", text[place + 1 : place + 2] or " "
    if mark == "“":
        return not (after.isspace() and (before.isalnum() or before in ".,!?"))
    if mark == "”":  # turned the wrong way
        return before.isspace() and not after.isspace()
    return before in _BEFORE_OPENING and not after.isspace()


def _can_close(text: str, place: int, end: int) -> bool:
    before = text[place - 1]
    after = text[place + 1] if place + 1 < end else " "
    # "…?"She": a blank lost between two paragraphs.
    joined = before in ".!?," and after.isupper()
    return not before.isspace() and (after in _AFTER_CLOSING or not after.isalnum() or joined)


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
    # A blank before the mark is a slip when nothing else can close.
    spaced = (index for index in range(number + 1, len(marks)) if text[marks[index]] in proper + others)
    return next((index for index in spaced if text[marks[index] + 1 : marks[index] + 2].strip() == ""), None)


def _find_single(text: str) -> list[Stretch]:
    found: list[Stretch] = []
    after = 0
    for opening in _SINGLE.finditer(text):
        if opening.start() < after:
            continue
        closing = _SINGLE_END.search(text, opening.end())
        if closing is None or len(found) == MAX_STRETCHES:
            break
        found.append(Stretch(opening.start(), closing.end(), closed=True))
        after = closing.end()
    return found
