"""Names by rule, for languages without a model: few, but right. Paragraphs → mentions; pure.

Capitals alone say little (German writes every noun with one), so a name needs a cue: a title before it, a common given
name at its head, a legal form or a word such as "Universität" in it, or all capitals. Known names (countries,
capitals, large organisations) are added later, for all languages alike.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.enrich.normal_name import fold
from pipeline.enrich.person_name import load_given_names
from pipeline.enrich.person_titles import PARTICLES, TITLES
from pipeline.enrich.recognizer import Mentions, RawMention
from pipeline.enrich.word_set import word_set

MODEL_ID: Final = "rules 1"
MAX_NAME_WORDS: Final = 5

_WORD: Final = re.compile(r"[^\W\d_](?:[\w'’-]|\.(?=\w))*\.?|\d+")
_ACRONYM: Final = re.compile(r"(?<!\w)(?<!\w[.-])[^\W\d_a-z]{2,6}(?!\w|[.-]\w)")
_LEGAL_FORM: Final = re.compile(r"^(?:AG|SE|GmbH|KG|S\.A\.|SA|SpA|S\.p\.A\.|S\.L\.|NV|BV|Inc|Ltd|PLC|Oyj|ASA|AB)\.?$")
_ELISION: Final = re.compile(r"[a-zA-Z]{1,4}['’]")
_ORGANISATION_WORDS: Final = word_set(
    "universität universitat universidad université universite università universita universidade universiteit "
    "ministerium ministère ministere ministerio ministero ministério bundesamt bundesgericht staatsanwaltschaft "
    "banco banque banca bank institut instituto istituto institute université partei parti partido partito"
)


class _Token:
    __slots__ = ("capital", "end", "folded", "start", "text")

    def __init__(self, match: re.Match[str]) -> None:
        self.text = match.group()
        self.start, self.end = match.span()
        elided = _ELISION.match(self.text)  # "l’Université"
        if elided and fold(self.text[elided.end() :]) in _ORGANISATION_WORDS:
            self.text = self.text[elided.end() :]
            self.start += elided.end()
        self.folded = fold(self.text.rstrip("."))
        self.capital = self.text[0].isupper() and not (len(self.text) > 2 and self.text.isupper())


class RulesRecognizer:
    """The fallback. Knows titles, given names, legal forms and acronyms of the languages with Latin script."""

    def __init__(self) -> None:
        self._given_names = load_given_names()

    def recognize(self, paragraphs: Sequence[str], language: str | None) -> list[Mentions]:  # noqa: ARG002 - same rules
        """Return the mentions of each paragraph, in the order given."""
        return [tuple(_without_overlap(sorted(self._find(paragraph)))) for paragraph in paragraphs]

    def model_id(self, language: str | None) -> str:  # noqa: ARG002 - same rules
        """Return the version of the rules."""
        return MODEL_ID

    def _find(self, paragraph: str) -> Iterator[RawMention]:
        tokens = [_Token(match) for match in _WORD.finditer(paragraph)]
        for number, token in enumerate(tokens):
            if _LEGAL_FORM.match(token.text):
                yield from _organisation_before(paragraph, tokens, number)
            elif token.capital and token.folded in _ORGANISATION_WORDS:
                yield from _name_from(paragraph, tokens, number, "ORG", least=2)
            elif token.capital and token.folded in self._given_names:
                yield from _name_from(paragraph, tokens, number, "PERSON", least=2)
            elif token.folded in TITLES and number + 1 < len(tokens) and _is_next(paragraph, token, tokens[number + 1]):
                yield from _name_from(paragraph, tokens, number + 1, "PERSON", least=2)
        if not paragraph.isupper():
            yield from (
                RawMention(*match.span(), "ORG") for match in _ACRONYM.finditer(paragraph) if match.group().isupper()
            )


def _name_from(
    paragraph: str, tokens: Sequence[_Token], number: int, label: str, *, least: int
) -> Iterator[RawMention]:
    """Yield the run of capitalised words, with particles between, that starts at the token `number`."""
    last = None
    words = 0
    for position in range(number, min(number + MAX_NAME_WORDS, len(tokens))):
        token = tokens[position]
        if position > number and not _is_next(paragraph, tokens[position - 1], token):
            break
        if token.capital:
            last = token
            words += 1
        elif token.text not in PARTICLES or position == number:
            break
        if token.text.endswith(".") and len(token.text) > 2:
            break
    if last is not None and words >= least:
        yield RawMention(tokens[number].start, last.end, label)


def _organisation_before(paragraph: str, tokens: Sequence[_Token], number: int) -> Iterator[RawMention]:
    """Yield the capitalised words before a legal form, with it."""
    first = number
    while (
        first > 0
        and number - first < 3
        and tokens[first - 1].text[0].isupper()
        and _is_next(paragraph, tokens[first - 1], tokens[first])
    ):
        first -= 1
    if first < number:
        yield RawMention(tokens[first].start, tokens[number].end, "ORG")


def _is_next(paragraph: str, first: _Token, second: _Token) -> bool:
    return paragraph[first.end : second.start] == " "


def _without_overlap(mentions: Sequence[RawMention]) -> Iterator[RawMention]:
    """Yield the mentions in order; of two that overlap the one that begins first, of equal ones the longer."""
    after = 0
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if mention.start >= after:
            yield mention
            after = mention.end
