"""Fingerprints: the same everywhere, close to the true similarity, blind to what does not matter."""

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich.figures import find_figures
from pipeline.enrich.fingerprint import (
    BANDS,
    SCHEME,
    SHINGLE_WORDS,
    TEXT_SKETCH,
    contained_figures,
    contained_names,
    count_figures,
    estimate_containment,
    estimate_count,
    estimate_figures,
    estimate_jaccard,
    estimate_names,
    fingerprint,
)
from schemas.article import Fingerprint

TEXT = (
    "The ferry to the outer islands sailed again on Monday after three weeks in dock, and 240 passengers were on board."
    " Ida Lund, who runs the only shop on the quay, said she had run out of flour twice since the storm."
)

GOLDEN = ((38, 3, 2, 67191964), 3764178715, "77d1588c1c319363")


def _words(seed: int, count: int) -> list[str]:
    source = random.Random(seed)  # noqa: S311 - a repeatable text, no secret
    return [f"w{source.randrange(10**6)}" for _ in range(count)]


def _print(text: str) -> Fingerprint:
    made = fingerprint(text)
    assert made is not None
    return made


def _shingles(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)}


def test_known_text_has_its_known_fingerprint() -> None:
    """Stored fingerprints stay comparable: a change of the numbers must come with another scheme."""
    made = _print(TEXT)
    assert SCHEME == "bottom-k-w5-t256-f64-n64-b48x4"
    assert (made.signature[:4], made.signature[-1], made.bands[0]) == GOLDEN
    assert (len(made.bands), made.shingle_count) == (BANDS, 38)


def test_another_process_makes_the_same(repository: object) -> None:
    """Hash randomisation of the interpreter does not reach the fingerprint."""
    program = "import sys; from pipeline.enrich.fingerprint import fingerprint; print(fingerprint(sys.argv[1]).bands)"
    done = subprocess.run(
        [sys.executable, "-c", program, TEXT], capture_output=True, text=True, check=True, cwd=str(repository)
    )
    assert done.stdout.strip() == str(_print(TEXT).bands)


def test_case_accents_and_punctuation_do_not_matter() -> None:
    """Two editors' typography gives one text: only names are told by their capitals."""
    left, right = _print("Café “Übersee” opens at nine — again!"), _print("cafe ubersee OPENS, at nine again")
    assert estimate_jaccard(left.signature, right.signature) == 1.0
    assert (left.bands, left.shingle_count) == (right.bands, right.shingle_count)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_estimate_is_near_the_exact_similarity(share: float) -> None:
    """The error over many texts stays within three standard errors, and is not one-sided."""
    errors = []
    for seed in range(12):
        words = _words(seed, 300)
        other = words[: int(300 * share)] + _words(seed + 1000, 300 - int(300 * share))
        left, right = _shingles(words), _shingles(other)
        exact = len(left & right) / len(left | right)
        errors.append(estimate_jaccard(_print(" ".join(words)).signature, _print(" ".join(other)).signature) - exact)
    assert max(map(abs, errors)) < 3 * 0.032
    assert abs(sum(errors) / len(errors)) < 0.04


@pytest.mark.parametrize(("share", "probability"), [(0.2, 0.07), (0.5, 0.95), (0.75, 1.0)])
def test_bands_meet_as_the_curve_says(share: float, probability: float) -> None:
    """Texts of a given similarity meet in a band about as often as 1 - (1 - s^4)^48."""
    met = 0
    rounds = 150
    for seed in range(rounds):
        words = _words(seed, 200)
        kept = round(2 * share / (1 + share) * 196) + 4
        other = words[:kept] + _words(seed + 5000, 200 - kept)
        met += bool(set(_print(" ".join(words)).bands) & set(_print(" ".join(other)).bands))
    assert abs(met / rounds - probability) < 0.12


def test_containment_of_an_excerpt() -> None:
    """A third of an article is contained in it almost whole."""
    words = _words(7, 600)
    whole, part = _print(" ".join(words)), _print(" ".join(words[100:300]))
    assert estimate_containment(whole.signature, part.signature) > 0.75
    assert estimate_containment(whole.signature, _print(" ".join(_words(8, 200))).signature) < 0.2


@pytest.mark.parametrize("count", [30, 300, 3000])
def test_size_is_readable_from_the_signature(count: int) -> None:
    """The number of shingles is estimated within a third."""
    assert estimate_count(_print(" ".join(_words(count, count))).signature) == pytest.approx(count, rel=0.33)


def test_figures_tell_templates_apart() -> None:
    """The same sentences with other numbers have other figures; without numbers they agree."""
    monday = _print("The Bank added 1.5 billion in reserves on Monday at 6.25 pct, a spokesman said after noon.")
    tuesday = _print("The Bank added 2.75 billion in reserves on Tuesday at 6.5 pct, a spokesman said after noon.")
    assert estimate_figures(monday.signature, tuesday.signature) < 0.3
    assert estimate_figures(monday.signature, monday.signature) == 1.0
    plain, other = _print("the ferry sails again today from here"), _print("nobody knew why the school had closed")
    assert estimate_figures(plain.signature, other.signature) == 1.0
    assert find_figures("") == find_figures("no number at all")


@pytest.mark.parametrize("text", ["", "   ", "four words are few", "!!! ??? --- ... ,,,"])
def test_too_little_to_compare(text: str) -> None:
    """Under five words there is no fingerprint."""
    assert fingerprint(text) is None


def test_short_text_is_not_looked_up() -> None:
    """A line of a few words has a signature and no bands."""
    assert _print("the ferry sails again on monday").bands == ()


def test_short_texts_are_compared_exactly() -> None:
    """Up to the size of the sketch nothing is estimated."""
    words = _words(3, 200)
    other = words[:120] + _words(4, 80)
    left, right = _shingles(words), _shingles(other)
    assert len(left | right) > TEXT_SKETCH > len(left)
    exact = len(left & right) / len(left | right)
    assert estimate_jaccard(_print(" ".join(words)).signature, _print(" ".join(other)).signature) == exact


def test_names_inside_sentences_are_compared() -> None:
    """Another place and another person, in the same sentence, are other names; what begins a sentence is none."""
    left = _print("The contract goes to Arden Works of Hull. They said so.")
    right = _print("The contract goes to Borrow Mills of Leeds. Nobody said so.")
    assert estimate_names(left.signature, right.signature) == 0.0
    assert estimate_names(left.signature, left.signature) == 1.0
    assert contained_figures(left.signature, right.signature) == 1.0
    cut = _print("The contract goes to Arden Works. They said so to us.")
    assert contained_names(left.signature, cut.signature) == 1.0
    assert contained_names(left.signature, right.signature) == 0.0
    assert contained_names(left.signature, _print("They said so to all of us.").signature) == 1.0


def test_figures_are_counted_in_the_body_with_fewer() -> None:
    """Dates and numbers count once each."""
    many, few = _print("in 1987 and 1988 some 14 ships and 14 boats sailed"), _print("some 14 ships sailed in 1987")
    assert count_figures(many.signature, few.signature) == count_figures(few.signature, many.signature) == 2


def test_script_without_blanks_has_words() -> None:
    """Each character of a Chinese or Japanese text counts as a word."""
    assert _print("渡轮在三周后于周一再次启航前往外岛").shingle_count > 8


def test_foreign_signatures_are_not_comparable() -> None:
    """A signature of another scheme is alike to nothing."""
    ours = _print(TEXT).signature
    assert estimate_jaccard(ours, (1, 2)) == estimate_figures((), ours) == estimate_containment(ours, (1, 2)) == 0.0
    assert estimate_count(()) == 1.0


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    """Whatever the text, the answer is None or a complete fingerprint, alike to itself."""
    made = fingerprint(text)
    if made is not None:
        assert len(made.signature) == 3 + sum(made.signature[:3])
        assert estimate_jaccard(made.signature, made.signature) == 1.0
        assert all(0 <= value < 2**32 for value in made.signature)
