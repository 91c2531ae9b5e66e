"""What differs between two texts: versions of an article, or a copy and its original. Pure.

Two titles and bodies → changes by paragraph, and of which kind a new version is.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from pipeline.stories.wording import compare_words, describe_wording
from schemas.annotations import ZoneKind

MAX_PARAGRAPHS: Final = 400
EXCERPT_CHARS: Final = 90
REWORDED: Final = 0.6
"""Share of equal characters above which a replaced paragraph counts as the same one, reworded."""
MAX_NOTICE_WORDS: Final = 80
"""Words that are left of an article that was taken back; what is longer tells a story, perhaps one of a withdrawal."""
KEPT_OF_WITHDRAWN: Final = 0.2
"""Share of the earlier text's words that such an article may still hold."""
_THIS: Final = r"(?:this|the) (?:news )?(?:story|article|report|item|post|page|piece|alert|headline)\b.{0,60}?"
_WITHDRAWN = re.compile(
    rf"(?:{_THIS} (?:has been|have been|was|is) (?:\w+ ){{0,2}}"
    r"(?:withdrawn|retracted|removed|deleted|killed|taken down)\b|"
    r"^\W*(?:mandatory |bulletin )?kill(?: notice)?\b|^\W*(?:withdrawn|retracted|retraction|removed)\W*(?::|$)|"
    r"\b(?:dieser|der) (?:artikel|text|beitrag|bericht)\b.{0,60}? (?:zurückgezogen|gelöscht|entfernt|depubliziert)\b|"
    r"\bcet article a été (?:\w+ ){0,2}(?:retiré|supprimé|dépublié)|"
    r"\best[ea] (?:artículo|nota|noticia|información) (?:ha sido|fue) (?:\w+ ){0,2}"
    r"(?:retirad|eliminad|despublicad)[oa])",
    re.IGNORECASE,
)

Kind = Literal["updated", "corrected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Change:
    """A paragraph that is new, gone or reworded. Whole paragraphs; None where there is none."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs. `notice` is the paragraph in which the newer text says that it corrects, or takes back."""

    title: Change | None
    paragraphs: tuple[Change, ...]
    notice: str | None = None
    kind: Kind = "updated"

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return self.title is None and not self.paragraphs


def compare_texts(title: str, body: str, new_title: str, new_body: str) -> Changes:
    """Return what the new text changed; white space does not count, nor what comes after `MAX_PARAGRAPHS`.

    >>> compare_texts("Ferry sails", "It rains.", "Correction: Ferry sails", "It rains.").kind
    'corrected'
    """
    old, new = _paragraphs(body), _paragraphs(new_body)
    paragraphs = tuple(_changed(old, new))
    before, heading = " ".join(title.split()), " ".join(new_title.split())
    added = [change.after for change in paragraphs if change.after is not None]
    notice = _find_correction([*added, *([heading] if heading != before else [])])
    kind: Kind = "corrected" if notice is not None else "updated"
    if added and _is_withdrawn(old, heading, new):
        kind, notice = "withdrawn", next((text for text in new if _WITHDRAWN.search(text)), heading)
    return Changes(None if heading == before else Change(before, heading), paragraphs, notice, kind)


def _find_correction(texts: Sequence[str]) -> str | None:
    """Return the first that says that something was wrong, by the rules that mark such paragraphs in an article."""
    if not texts:
        return None
    from pipeline.extract.zones import ZONE_RULES, Place  # takes 0.2 s to load, and most texts never differ

    rules = ((text, ZONE_RULES.find(text, Place.AMID)) for text in texts)
    return next((text for text, rule in rules if rule is not None and rule.kind is ZoneKind.CORRECTION), None)


def _is_withdrawn(old: Sequence[str], heading: str, new: Sequence[str]) -> bool:
    """Whether hardly more is left than the word that it was taken back; so the earlier text may be such a word too."""
    words = " ".join(new).split()
    if len(words) > MAX_NOTICE_WORDS or not any(_WITHDRAWN.search(text) for text in (heading, *new)):
        return False
    before = " ".join(old).split()
    kept = sum((Counter(before) & Counter(words)).values()) / max(1, len(before))
    return kept <= KEPT_OF_WITHDRAWN or (len(before) <= MAX_NOTICE_WORDS and any(map(_WITHDRAWN.search, old)))


def describe_changes(changes: Changes) -> Iterator[str]:
    """Yield one line for each change: `-` gone, `+` new, `~` reworded, with the words that differ in brackets."""
    if changes.title is not None:
        yield f"title {describe_change(changes.title.before, changes.title.after)}"
    for change in changes.paragraphs:
        yield describe_change(change.before, change.after)


def describe_change(before: str | None, after: str | None, chars: int = EXCERPT_CHARS) -> str:
    """Return a line for one change; what is new or gone is cut to so many characters."""
    if before is not None and after is not None:
        return f"~ {describe_wording(compare_words(before, after))}"
    text = (after if before is None else before) or ""
    cut = text if len(text) <= chars else text[: chars - 1] + "…"
    return f"+ {cut}" if before is None else f"- {cut}"


def _changed(old: list[str], new: list[str]) -> Iterator[Change]:
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = old[start:end], new[new_start:new_end]
        for before, after in zip(gone, come, strict=False):
            if _share(before, after) >= REWORDED:
                yield Change(before, after)
            else:
                yield Change(before, None)
                yield Change(None, after)
        yield from (Change(before, None) for before in gone[len(come) :])
        yield from (Change(None, after) for after in come[len(gone) :])


def _share(before: str, after: str) -> float:
    words, other = before.split(), after.split()
    return SequenceMatcher(None, words[:300], other[:300], autojunk=False).ratio()


def _paragraphs(body: str) -> list[str]:
    found = (" ".join(part.split()) for part in re.split(r"\n\s*\n", body))
    return [part for part in found if part][:MAX_PARAGRAPHS]
