"""The headline of an article: chosen among the page's headings, its structured data and its title element. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from pipeline.extract.characters import clean_line, letters_of
from pipeline.extract.dateline import find_dateline

_SITE_MARK: Final = re.compile(r"\s+[|·»«•–—-]\s+|\s*\|\s*|\s*[»«]\s*|:\s+(?=\S)")
_SUFFIX: Final = re.compile(r"^(.{12,}?)\s+(?:[|·»•–—-]|::)\s+(.{2,60})$")
MIN_TITLE_LETTERS: Final = 4
MAX_TITLE_FROM_BODY: Final = 110


def strip_site(title: str, site_names: Sequence[str]) -> str:
    """Return a title without the site's name and section at either end.

    >>> strip_site("Ferry is late | News | The Harbour Post", ["Harbour Post"])
    'Ferry is late'
    """
    own = [letters_of(name) for name in site_names if letters_of(name)]
    text = clean_line(title)
    for _ in range(3):
        parts = _SITE_MARK.split(text)
        if len(parts) < 2:
            break
        last, first = letters_of(parts[-1]), letters_of(parts[0])
        if any(name and (name in last or (last in name and len(last) > 3)) for name in own) and len(last) < 50:
            text = text[: text.rindex(parts[-1])].rstrip(" |·»«•–—-:")
        elif any(name and (name == first or first == "the" + name) for name in own):
            text = text[text.index(parts[1], len(parts[0])) :].strip()
        else:
            break
        if "|" in text and len(parts) > 2:
            text = text.rpartition("|")[0].rstrip() or text
    return text


def is_same_title(one: str, other: str) -> bool:
    """Whether two titles are one but for marks and what is cut off or added at an end.

    >>> is_same_title("Ferry is very late", "Ferry is very late – Post"), is_same_title("Ferry", "Bridge")
    (True, False)
    """
    first, second = letters_of(one), letters_of(other)
    if not first or not second:
        return False
    short, long = sorted((first, second), key=len)
    return short == long or (len(short) >= 12 and short in long)


def choose_title(headings: Sequence[str], claimed: Sequence[str], title_element: str, site_names: Sequence[str]) -> str:
    """Return the headline: the heading that structured data or the title element confirm, else what they claim.

    `headings` are the page's h1 in order; `claimed` titles of structured data, strongest first. Empty without any.
    """
    stated = [strip_site(title, site_names) for title in claimed if title]
    if title_element:
        stated.append(_without_suffix(strip_site(title_element, site_names)))
    stated = [
        title for title in stated if len(letters_of(title)) >= MIN_TITLE_LETTERS and not _is_site(title, site_names)
    ]
    usable = [
        text for text in headings if len(letters_of(text)) >= MIN_TITLE_LETTERS and not _is_site(text, site_names)
    ]
    for heading in usable:
        if any(is_same_title(heading, title) for title in (*stated, title_element)):
            return heading
    for heading in usable:
        if any(_overlap(heading, title) >= 0.4 for title in stated):
            return heading
    if stated:
        return stated[0]
    return max(usable, key=len) if usable else ""


def title_from(line: str) -> str:
    """Return a title for an article without one: its first line, cut at a word. It is no zone, nobody wrote it."""
    dateline = find_dateline(line)
    rest = line[dateline.end :] if dateline else line
    if len(rest) <= MAX_TITLE_FROM_BODY:
        return rest
    cut = rest[:MAX_TITLE_FROM_BODY].rpartition(" ")[0] or rest[:MAX_TITLE_FROM_BODY]
    return cut.rstrip(" ,;:–—-") + " …"


def _is_site(title: str, site_names: Sequence[str]) -> bool:
    return letters_of(title) in {letters_of(name) for name in site_names}


def _without_suffix(title: str) -> str:
    found = _SUFFIX.match(title)
    return found[1] if found and len(found[2].split()) <= 5 else title


def _overlap(one: str, other: str) -> float:
    first, second = set(re.findall(r"\w+", one.casefold())), set(re.findall(r"\w+", other.casefold()))
    return len(first & second) / max(1, min(len(first), len(second)))
