"""Judges what programs found against what readers found. Pure; the measures are those of `newswire evaluate`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.peers.finding import Finding, Name
from pipeline.evaluate.extraction import text_figures
from pipeline.evaluate.headlines import is_headline
from pipeline.evaluate.page_facts import NOT_JUDGED, are_authors
from pipeline.extract.characters import letters_of

_NOTHING: Final = Finding(error="no result")


@dataclass(frozen=True, slots=True)
class GoldPage:
    """What is right on a page; what is empty or None is not judged there.

    `headline` is the headline or its digest; `agency` None means that no agency made the text. `publishers` are the
    names that the site goes by.
    """

    page: str
    text: str = ""
    headline: str = ""
    days: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    agency: str | None = NOT_JUDGED
    publishers: tuple[str, ...] = ()
    names: frozenset[Name] | None = None


def judge_pages(found: Mapping[str, Finding], gold: Sequence[GoldPage]) -> dict[str, float]:
    """Return each fact's share of right pages among those that are judged, the text's figures, and F1 of agencies.

    A page without a result counts as wrong everywhere. `without` is how many those are.
    """
    pairs = [(found.get(page.page, _NOTHING), page) for page in gold]
    texts = text_figures([body_without_headline(one) for one, _ in pairs], [page.text for _, page in pairs])
    return {
        "without": float(sum(not one.text or one.error is not None for one, _ in pairs)),
        "title": _share([is_headline(one.title, page.headline) for one, page in pairs if page.headline]),
        "day": _share([one.day in page.days for one, page in pairs if page.days]),
        "authors": _share([are_authors(one.authors, page.authors) for one, page in pairs if page.authors]),
        "word-f1": texts["word_f1"],
        "four-gram-f1": texts["four_gram_f1"],
        "publisher": _share([is_publisher(one.publisher, page.publishers) for one, page in pairs if page.publishers]),
        "agency": _agency_f1(pairs),
    }


def judge_names(found: Mapping[str, Finding], gold: Sequence[GoldPage]) -> float:
    """Return F1 of the names in a page's text, each name and kind once a page."""
    right = wanted = given = 0
    for page in gold:
        if page.names is not None:
            names = found.get(page.page, _NOTHING).names
            right += len(names & page.names)
            wanted += len(page.names)
            given += len(names)
    return 2 * right / (wanted + given) if right else 0.0


def body_without_headline(found: Finding) -> str:
    r"""Return the text without a first line that only repeats the headline: some programs put it there, others do not.

    >>> body_without_headline(Finding(title="Ferry is late", text="Ferry is late\nIt left at six."))
    'It left at six.'
    """
    first, _, rest = found.text.partition("\n")
    return rest if found.title and letters_of(first) == letters_of(found.title) else found.text


def is_publisher(name: str | None, publishers: Sequence[str]) -> bool:
    """Whether this is one of the names; case, marks and a leading "The" make no difference.

    >>> is_publisher("The Sandwick Herald", ["Sandwick Herald"]), is_publisher("sandwick.example", ["Sandwick Herald"])
    (True, False)
    """
    return name is not None and _bare(name) in {_bare(one) for one in publishers}


def _bare(name: str) -> str:
    return letters_of(name.strip().lower().removeprefix("the "))


def _agency_f1(pairs: Sequence[tuple[Finding, GoldPage]]) -> float:
    judged = [(one.agency, page.agency) for one, page in pairs if page.agency != NOT_JUDGED]
    right = sum(given == wanted for given, wanted in judged if wanted)
    total = sum(given is not None for given, _ in judged) + sum(wanted is not None for _, wanted in judged)
    return 2 * right / total if total else 0.0


def _share(answers: Sequence[bool]) -> float:
    return sum(answers) / max(1, len(answers))
