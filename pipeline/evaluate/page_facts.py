"""Facts of gold pages whose gold holds only the body: page id → day of publication, authors, agency.

`page_facts.csv` was made by reading each page; what a page does not say was left out. Authors are digests, because they
stand in texts that belong to their publishers.
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from pipeline.evaluate.headlines import is_headline

NOT_JUDGED: Final = "?"
_FILE: Final = "page_facts.csv"


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a reader finds on a page.

    `days` holds the day as printed and, where it is another, the day of the same moment in UTC; `author_digests` the
    people of the byline with their full names. Either is empty when the page does not say it. `agency` is the
    registry's id of the news agency that is credited with the text, None when there is none, `NOT_JUDGED` when the page
    leaves it open or is the agency's own.
    """

    days: frozenset[str]
    author_digests: frozenset[str]
    agency: str | None


@cache
def load_page_facts() -> dict[str, PageFacts]:
    """Return the facts by the page's id; a page that is not there was not judged."""
    lines = files("pipeline.evaluate").joinpath(_FILE).read_text(encoding="utf-8").splitlines()
    return {
        row["page"]: PageFacts(
            frozenset(row["days"].split()), frozenset(row["author_digests"].split()), row["agency"] or None
        )
        for row in csv.DictReader(lines)
    }


def are_authors(names: Collection[str], gold: Collection[str]) -> bool:
    """Whether these are the authors, all of them and nobody else; `gold` holds names or their digests.

    >>> are_authors(["ADA HOLM"], ["Ada Holm"]), are_authors(["Ada Holm", "Bo Lind"], ["Ada Holm"])
    (True, False)
    """
    found = set(names)
    return len(found) == len(set(gold)) and all(any(is_headline(name, one) for name in found) for one in gold)
