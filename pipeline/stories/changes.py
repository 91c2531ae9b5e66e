"""What differs between two texts: versions of an article, or a copy and its original. Pure.

Two titles and bodies → changes by paragraph, and of which kind a new version is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

MAX_PARAGRAPHS: Final = 400
EXCERPT_CHARS: Final = 90
REWORDED: Final = 0.6
"""Share of equal characters above which a replaced paragraph counts as the same one, reworded."""
_NOTICE = re.compile(
    r"\b(?:corrects?|corrected|correction|clarification|an earlier version|berichtigung|korrektur|rectificatif|"
    r"correcci[oó]n|rettelse|rettificat?[oa])\b",
    re.IGNORECASE,
)
_WITHDRAWN = re.compile(
    r"\b(?:(?:story|article|report|item) (?:has been |is |was )?(?:withdrawn|retracted|killed)|kill notice|"
    r"mandatory kill|retraction)\b",
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
    """All that differs. `notice` is the paragraph in which the newer text says that it corrects something."""

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
    added = [change.after for change in paragraphs if change.after is not None]
    heading = " ".join(new_title.split())
    before = " ".join(title.split())
    notice = next((text for text in added if _NOTICE.search(text[:400])), None)
    if notice is None and heading != before and _NOTICE.search(heading):
        notice = heading
    withdrawn = any(_WITHDRAWN.search(text[:400]) for text in [*added, *([heading] if heading != before else [])])
    kind: Kind = "withdrawn" if withdrawn else "corrected" if notice is not None else "updated"
    return Changes(None if heading == before else Change(before, heading), paragraphs, notice, kind)


def describe_changes(changes: Changes) -> Iterator[str]:
    """Yield one line for each change: `-` gone, `+` new, `~` reworded."""
    if changes.title is not None:
        yield f"~ title: “{_cut(changes.title.before)}” → “{_cut(changes.title.after)}”"
    for change in changes.paragraphs:
        if change.before is None:
            yield f"+ {_cut(change.after)}"
        elif change.after is None:
            yield f"- {_cut(change.before)}"
        else:
            yield f"~ {_cut(change.before)} → {_cut(change.after)}"


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


def _cut(text: str | None) -> str:
    found = text or ""
    return found if len(found) <= EXCERPT_CHARS else found[: EXCERPT_CHARS - 1] + "…"
