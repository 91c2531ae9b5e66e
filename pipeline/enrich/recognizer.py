"""What names a text contains, as a contract: paragraphs → mentions with a label. Imports no model.

The paragraph is the unit: its mentions depend on its text and language alone, so they can be cached and shared by
every reprint.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class RawMention(NamedTuple):
    """A name as a model or rule found it; half-open code points of its paragraph, label as in OntoNotes."""

    start: int
    end: int
    label: str


Mentions = tuple[RawMention, ...]


class Recognizer(Protocol):
    """Finds the names in paragraphs of one language."""

    def recognize(self, paragraphs: Sequence[str], language: str | None) -> list[Mentions]:
        """Return the mentions of each paragraph, in the order given; mentions in text order, never overlapping."""

    def model_id(self, language: str | None) -> str:
        """Return name and version of what recognises this language; a new id means that results may differ."""


class RecognizerByLanguage:
    """Chooses the recogniser by language; a language without one gets the fallback, never another language's model."""

    def __init__(self, recognizers: Mapping[str, Recognizer], fallback: Recognizer) -> None:
        self._recognizers = dict(recognizers)
        self._fallback = fallback

    def recognize(self, paragraphs: Sequence[str], language: str | None) -> list[Mentions]:
        """Return the mentions of each paragraph, in the order given."""
        return self._of(language).recognize(paragraphs, language)

    def model_id(self, language: str | None) -> str:
        """Return the id of the recogniser of this language."""
        return self._of(language).model_id(language)

    def _of(self, language: str | None) -> Recognizer:
        return self._recognizers.get(language or "", self._fallback)
