"""Highlights: content stays text, what was found is marked, fragments are short."""

import html
import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from pipeline.search.highlight import (
    FRAGMENT_CHARS,
    MAX_FRAGMENTS,
    MAX_SPANS,
    Matcher,
    Wanted,
    find_wanted,
    mark_fragments,
    mark_whole,
)
from schemas.query import And, FieldTerm, Not, Or, Phrase, Prefix, Word


def fold(words: Sequence[str]) -> list[str]:
    """Lower case, one form each."""
    return [word.lower() for word in words]


def stem(words: Sequence[str]) -> list[str]:
    """Cut a plural."""
    return [word.lower().removesuffix("s") for word in words]


def marked(text: str, wanted: Wanted) -> str:
    """Return the whole text with marks."""
    return mark_whole(text, Matcher(wanted, fold, stem).find_matches(text))


def test_what_is_wanted() -> None:
    """Words, stems, prefixes and phrases of the field are wanted; conditions and excluded words are not."""
    expression = And(
        (
            Or((Word("Floods"), Prefix("Wat"))),
            Phrase("high Water"),
            Word("covid-19"),
            Word("ferry", "title"),
            Not(Word("storm")),
            FieldTerm("person", ("entities.person",), "Ada"),
        )
    )
    assert find_wanted(expression, "body", fold, stem) == Wanted(
        words=frozenset({"floods"}),
        stems=frozenset({"flood"}),
        prefixes=("wat",),
        phrases=(("high", "water"), ("covid", "19")),
    )
    assert "ferry" in find_wanted(expression, "title", fold, None).words


def test_marks() -> None:
    """Whole words are marked in each of their forms, phrases as one, prefixes with their word."""
    assert marked("Floods! floodlight flood", Wanted(stems=frozenset({"flood"}))) == (
        "<mark>Floods</mark>! floodlight <mark>flood</mark>"
    )
    assert marked("a high-water mark, high", Wanted(phrases=(("high", "water"),))) == (
        "a <mark>high-water</mark> mark, high"
    )
    assert marked("Waterfall, the water", Wanted(prefixes=("wat",))) == "<mark>Waterfall</mark>, the <mark>water</mark>"
    assert marked("flood_water", Wanted(words=frozenset({"water"}))) == "flood_<mark>water</mark>"


def test_phrase_and_word_overlap() -> None:
    """Where marks would overlap there is one."""
    wanted = Wanted(words=frozenset({"water"}), phrases=(("high", "water"), ("water", "mark")))
    assert marked("high water mark", wanted) == "<mark>high water mark</mark>"


def test_nothing_wanted() -> None:
    """Without anything wanted nothing is looked at."""
    assert Matcher(Wanted(), fold, stem).find_matches("flood") == []
    assert mark_fragments("flood", []) == ()


def test_fragments_are_the_best_in_order() -> None:
    """The stretches with most matches are shown, in text order, cut at words, with dots where text is left out."""
    filler = "and so the story went on for a while " * 10
    text = f"flood {filler} flood flood {filler} flood {filler} flood flood flood {filler}"
    wanted = Wanted(words=frozenset({"flood"}))
    fragments = mark_fragments(text, Matcher(wanted, fold, None).find_matches(text))
    assert [fragment.count("<mark>") for fragment in fragments] == [1, 2, 3]
    assert fragments[0].startswith("<mark>flood</mark> and so")
    assert fragments[1].startswith("… ")
    assert all(fragment.endswith(" …") for fragment in fragments)


TEXTS = st.text(alphabet=st.sampled_from("ab <>&\"'_-.é\n"), max_size=600)


@given(TEXTS, st.sets(st.sampled_from(["a", "b", "ab", "aa", "é"])))
def test_fragments_are_safe_and_true(text: str, words: set[str]) -> None:
    """Fragments are short, hold no markup but marks, and are pieces of the text; marks hold only wanted words."""
    wanted = Wanted(words=frozenset(words), phrases=(("a", "b"),))
    spans = Matcher(wanted, fold, None).find_matches(text)
    assert len(spans) <= MAX_SPANS
    assert spans == sorted(spans)
    fragments = mark_fragments(text, spans)
    assert len(fragments) <= MAX_FRAGMENTS
    for fragment in fragments:
        assert re.search(r"<(?!/?mark>)", fragment) is None
        plain = html.unescape(re.sub(r"</?mark>", "", fragment))
        assert plain.removeprefix("… ").removesuffix(" …") in text
        assert len(plain) <= 2 * FRAGMENT_CHARS + 4
        for found in re.findall(r"<mark>(.*?)</mark>", fragment, re.DOTALL):
            assert {"a", "b"} >= set(re.findall(r"[^\W_]+", html.unescape(found))) or html.unescape(found) in words
