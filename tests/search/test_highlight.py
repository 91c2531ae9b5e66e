"""Highlights: content stays text, what was found is marked, fragments are short."""

import html
import re
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.search.highlight import (
    FRAGMENT_CHARS,
    MAX_FRAGMENTS,
    MAX_SPANS,
    MAX_TEXT_CHARS,
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


def plain_spans(text: str, wanted: Wanted) -> list[tuple[int, int]]:
    """Return what a reader would mark, word by word: the definition, however slow."""
    words = [(match.group(), match.span()) for match in re.finditer(r"[^\W_]+", text)]
    folded = fold([word for word, _ in words])
    stemmed = stem([word for word, _ in words])
    spans = [
        span
        for (_, span), form, root in zip(words, folded, stemmed, strict=True)
        if form in wanted.words or root in wanted.stems or (wanted.prefixes and form.startswith(wanted.prefixes))
    ][:MAX_SPANS]
    for phrase in wanted.phrases:
        for at in range(len(words) - len(phrase) + 1):
            if tuple(folded[at : at + len(phrase)]) == phrase:
                spans.append((words[at][1][0], words[at + len(phrase) - 1][1][1]))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans)[:MAX_SPANS]:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


FORMS = st.text(alphabet="abé1", min_size=1, max_size=3)
WANTED = st.builds(
    Wanted,
    words=st.frozensets(FORMS, max_size=3),
    stems=st.frozensets(FORMS, max_size=2),
    prefixes=st.lists(FORMS, max_size=2).map(tuple),
    phrases=st.lists(st.lists(FORMS, min_size=2, max_size=4).map(tuple), max_size=2).map(tuple),
)


@given(st.lists(st.text(alphabet="aAbBéÉ1s_-’ ", max_size=300), min_size=1, max_size=3), WANTED)
def test_marks_are_those_of_the_definition(texts: list[str], wanted: Wanted) -> None:
    """Whatever is wanted, exactly those places are marked that reading word by word finds."""
    matcher = Matcher(wanted, fold, stem)
    assert [matcher.find_matches(text) for text in texts] == [plain_spans(text, wanted) for text in texts]


def test_marks_in_seeds_are_those_of_the_definition(repository: Path) -> None:
    """In whole articles too, with few forms and with many, and with words at both ends."""
    texts = [file.read_text("utf-8") for file in sorted((repository / "seeds" / "articles").rglob("*.txt"))]
    assert texts
    for wanted in (
        Wanted(words=frozenset({"the", "harbour"}), stems=frozenset({"storm"})),
        Wanted(prefixes=("s", "t", "a", "c", "p")),
        Wanted(phrases=(("in", "the"), ("of", "the", "harbour"))),
    ):
        matcher = Matcher(wanted, fold, stem)
        for text in texts:
            assert matcher.find_matches(text) == plain_spans(text[:MAX_TEXT_CHARS], wanted)
