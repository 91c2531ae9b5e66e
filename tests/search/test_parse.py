"""The query language: what is read, what is hinted, and that no text can break it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.search.parse import MAX_CHARS, MAX_CLAUSES, MAX_DEPTH, MAX_HINTS, MAX_PREFIXES, parse
from schemas.fields import QUERY_FIELDS
from schemas.query import And, Everything, Expression, FieldTerm, Near, Not, Or, Phrase, Prefix, Range, Word

NOW = datetime(2024, 5, 20, 12, 30, tzinfo=UTC)


def read(text: str) -> Expression:
    """Return the expression of a query that has no hints."""
    parsed = parse(text, NOW)
    assert parsed.hints == ()
    return parsed.expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Everything()),
        ("*", Everything()),
        ("(*)", Everything()),
        ("flood", Word("flood")),
        ("flood water", And((Word("flood"), Word("water")))),
        ("flood AND water", And((Word("flood"), Word("water")))),
        ("flood * water", And((Word("flood"), Word("water")))),
        ("flood OR *", Everything()),
        ("a OR b c", Or((Word("a"), And((Word("b"), Word("c")))))),
        ("(a OR b) c", And((Or((Word("a"), Word("b"))), Word("c")))),
        ("-flood", Not(Word("flood"))),
        ("NOT flood", Not(Word("flood"))),
        ("--flood", Word("flood")),
        ("NOT -flood", Word("flood")),
        ("-(a b)", Not(And((Word("a"), Word("b"))))),
        ("covid-19", Word("covid-19")),
        ("or and not", And((Word("or"), Word("and"), Word("not")))),
        ('"high water"', Phrase("high water")),
        ("“high water”", Phrase("high water")),
        ("„Hoch Wasser“", Phrase("Hoch Wasser")),
        ("«haute eau»", Phrase("haute eau")),
        ('-"high water"', Not(Phrase("high water"))),
        ("floo*", Prefix("floo")),
        ("title:flood", Word("flood", "title")),
        ('title:"high water"', Phrase("high water", "title")),
        ("TITLE:floo*", Prefix("floo", "title")),
        ("12:30", Word("12:30")),
        ("Breaking: flood", And((Word("Breaking:"), Word("flood")))),
        ("near:50.5,-4", Near(50.5, -4.0, 50.0)),
        ("near:50.5,-4,10km", Near(50.5, -4.0, 10.0)),
        ("near:50.5;-4;100", Near(50.5, -4.0, 100.0)),
        ("is:copy", FieldTerm("is", ("is_copy",), "true")),
        ("is:original", Not(FieldTerm("is", ("is_copy",), "true"))),
        ("has:quotes", Range("quote_count", 1, None)),
        ("words:>500", Range("word_count", 500.0, None, include_lower=False)),
        ("words:100..500", Range("word_count", 100.0, 500.0, include_upper=True)),
        ("words:..500", Range("word_count", None, 500.0, include_upper=True)),
        ("words:100..*", Range("word_count", 100.0, None, include_upper=True)),
        ("words:7", Range("word_count", 7.0, 7.0, include_upper=True)),
    ],
)
def test_reading(text: str, expected: Expression) -> None:
    """Each construct of the language has its one meaning."""
    assert read(text) == expected


@pytest.mark.parametrize("name", sorted(QUERY_FIELDS))
def test_every_field_takes_values(name: str) -> None:
    """A field takes a word, several words, a prefix, a group, and any value at all."""
    fields = QUERY_FIELDS[name]
    assert read(f"{name}:abc") == FieldTerm(name, fields, "abc")
    assert read(f'{name.upper()}:"several words"') == FieldTerm(name, fields, "several words")
    assert read(f"{name}:abc*") == FieldTerm(name, fields, "abc", prefix=True)
    assert read(f"{name}:(abc OR -def)") == Or((FieldTerm(name, fields, "abc"), Not(FieldTerm(name, fields, "def"))))
    assert parse(f"{name}:*", NOW).reading == f"{name}:*"


def test_values_may_hold_colons() -> None:
    """What follows a field is its value up to the next space."""
    assert read("story:a:b:c") == FieldTerm("story", ("story_id",), "a:b:c")
    assert read("https://a.example/b?c=d:e") == FieldTerm("url", ("url", "canonical_url"), "https://a.example/b?c=d:e")


def test_groups_of_values_end_with_their_parenthesis() -> None:
    """After the group, words are words again; a field inside the group speaks for itself."""
    assert read("source:(abc lang:de) storm") == And(
        (FieldTerm("source", QUERY_FIELDS["source"], "abc"), FieldTerm("lang", ("language",), "de"), Word("storm"))
    )


@pytest.mark.parametrize(
    ("typed", "code"), [("de", "de"), ("German", "de"), ("english", "en"), ("nb", "no"), ("xx", "xx")]
)
def test_languages_by_name(typed: str, code: str) -> None:
    """A language is found by its code or its English name."""
    assert read(f"lang:{typed}") == FieldTerm("lang", ("language",), code)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("flood OR", 6, "OR needs"),
        ("OR flood", 0, "OR needs"),
        ("AND flood", 0, "AND needs"),
        ("flood NOT", 6, "NOT needs"),
        ("(flood", 0, "never closed"),
        ("flood)", 5, "closes nothing"),
        ('a "high water', 2, "never closed"),
        ('flood ""', 6, "no words"),
        ("flood !!!", 6, "no letters"),
        ("f*", 0, "two letters"),
        ("*flood", 0, "only read at the end"),
        ("fl*od", 0, "only read at the end"),
        ("flood persn:x", 6, "did you mean person:"),
        ("since:never", 6, "needs a date"),
        ("published:never", 10, "needs a value or a range"),
        ("words:many", 6, "needs a value or a range"),
        ("words:..", 6, "needs a value or a range"),
        ("near:nowhere", 5, "latitude and longitude"),
        ("near:99,0", 5, "-90 to 90"),
        ("is:nice", 3, "is:copy or is:original"),
        ("has:nothing", 4, "has:quotes"),
        ("person:!!", 7, "needs a value"),
        ("person:a*", 7, "two letters"),
        ("title:!!", 6, "needs a word"),
        ("title:a*", 6, "two letters"),
    ],
)
def test_hints_say_where_and_what(text: str, position: int, message: str) -> None:
    """Whatever cannot be read is hinted in one line at its place, and the rest is still read."""
    hint = next(hint for hint in parse(text, NOW).hints if message in hint.message)
    assert hint.position == position
    assert "\n" not in hint.message


def test_unreadable_parts_leave_the_rest() -> None:
    """A wrong condition is left out, the words around it count."""
    assert parse("flood since:never water", NOW).expression == And((Word("flood"), Word("water")))
    nothing = parse("since:never", NOW)
    assert nothing.expression == Everything()
    assert any("everything" in hint.message for hint in nothing.hints)


def test_hints_are_short_and_of_one_line_whatever_was_typed() -> None:
    """A hint quotes the beginning of a value."""
    for text in (f"is:{'x' * 290}", 'is:"a\nb"', f"near:{'x' * 290}", 'near:"a\nb"'):
        (message,) = (each.message for each in parse(text, NOW, locate=lambda _: None).hints if each.position > 0)
        assert len(message) < 120
        assert "\n" not in message


def test_query_is_cut_where_its_reading_would_be_too_long() -> None:
    """Times are longer spelled out than typed: the end is left out, with a hint, and the reading reads the same."""
    parsed = parse("since:30d " * 30 + "x" * 1600 + " end", NOW)
    assert len(parsed.reading) <= MAX_CHARS
    assert any("only the first" in hint.message for hint in parsed.hints)
    again = parse(parsed.reading, NOW)
    assert (again.expression, again.hints) == (parsed.expression, ())
    assert parse("since:30d " * 30 + " " * 1700, NOW).hints == ()


def test_unknown_fields_are_words() -> None:
    """A name that is no field is looked for as a word."""
    assert parse("Mayor:speaks", NOW).expression == And((Word("Mayor"), Word("speaks")))


def test_near_by_name() -> None:
    """With a gazetteer, near takes names; unknown ones are hinted."""
    places = {"Rivermouth": (50.1, -4.2)}
    assert parse("near:Rivermouth", NOW, locate=places.get).expression == Near(50.1, -4.2, 50.0)
    assert parse('near:"Rivermouth,10mi"', NOW, locate=places.get).reading == "near:50.1,-4.2,16.09344km"
    assert "Atlantis" in parse("storm near:Atlantis", NOW, locate=places.get).hints[0].message


def test_limits() -> None:
    """Length, clauses, stars, depth and hints are bounded, and each limit is hinted."""
    assert "characters" in parse("a" * 9999, NOW).hints[0].message
    many = parse(" ".join(f"w{n}" for n in range(300)), NOW)
    assert isinstance(many.expression, And)
    assert len(many.expression.parts) == MAX_CLAUSES
    assert str(MAX_CLAUSES) in many.hints[0].message
    starred = parse(" ".join(f"word{n}* person:name{n}*" for n in range(20)), NOW)
    assert isinstance(starred.expression, And)
    prefixes = [part for part in starred.expression.parts if getattr(part, "prefix", isinstance(part, Prefix))]
    assert len(prefixes) == MAX_PREFIXES
    assert len(starred.hints) <= MAX_HINTS
    deep = parse("(" * 900 + "a" + ")" * 900, NOW)
    assert (deep.expression, [str(MAX_DEPTH) in hint.message for hint in deep.hints]) == (Word("a"), [True])


@pytest.mark.parametrize("form", ["w{}", "person:w{}", "nosuch:w{}", "x nosuch:w{}", "https://quay.example/{}"])
def test_no_kind_of_term_escapes_the_limit(form: str) -> None:
    """Words of fields that do not exist and addresses count like any other term, and the reading reads the same."""
    parsed = parse(" ".join(form.format(number) for number in range(80)), NOW)
    assert isinstance(parsed.expression, And)
    assert len(parsed.expression.parts) == MAX_CLAUSES
    assert any(str(MAX_CLAUSES) in hint.message for hint in parsed.hints)
    assert parse(parsed.reading, NOW).hints == ()


def depth(expression: Expression) -> int:
    """Return how deep the tree is."""
    match expression:
        case And(parts) | Or(parts):
            return 1 + max(depth(part) for part in parts)
        case Not(part):
            return 1 + depth(part)
        case _:
            return 1


FIELD_PIECES = ["person:", "since:", "near:", "words:", "title:", "is:copy", "http://", "..", ">", "24h", "2015-01-01"]
PIECES = st.sampled_from([*'"()-*: a“»\0é選\ud800\\/', "OR ", "AND ", "NOT ", "flood", "9" * 20, *FIELD_PIECES])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
def test_every_text_has_a_reading(text: str) -> None:
    """No text raises; trees and hints are bounded; hints stand inside the text."""
    parsed = parse(text, NOW)
    assert depth(parsed.expression) <= 3 * (MAX_DEPTH + 2)
    assert len(parsed.hints) <= MAX_HINTS
    assert all(0 <= hint.position <= min(len(text), MAX_CHARS) for hint in parsed.hints)


WORDS = st.sampled_from(["flood", "water", "Élan", "covid", "x1"])
LEAVES = st.one_of(
    WORDS,
    WORDS.map(lambda word: f"{word}*"),
    WORDS.map(lambda word: f'"{word} high"'),
    WORDS.map(lambda word: f"title:{word}"),
    WORDS.map(lambda word: f"person:{word}"),
    st.sampled_from(
        ["since:24h", "words:>5", "is:copy", "is:original", "has:quotes", "near:1,2,3km", "lang:de", "org:*"]
    ),
)
QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} {pair[1]})"),
        inner.map(lambda one: f"-{one}"),
    ),
    max_leaves=6,
)


def nested(levels: int) -> str:
    """Return a query of so many parentheses, each of which mixes AND and OR."""
    text = "sea"
    for level in range(levels):
        text = f"({text} ferry{level} OR storm) -(c OR d) quay{level}"
    return text


@pytest.mark.parametrize("levels", range(1, MAX_DEPTH + 1))
def test_a_deep_query_has_a_reading_that_reads_the_same(levels: int) -> None:
    """The reading of the deepest query is not too deep to be read, though AND and OR alternate."""
    parsed = parse(nested(levels), NOW)
    again = parse(parsed.reading, NOW)
    assert (parsed.hints, again.hints) == ((), ())
    assert again == parsed


@pytest.mark.parametrize("inner", ["-foo:bar", "-words:5..10", "-published:2015"])
def test_negation_where_no_parenthesis_fits_any_more(inner: str) -> None:
    """What would need one parenthesis more behind NOT is not negated, and that is said."""
    (hint,) = [hint for hint in parse("(" * MAX_DEPTH + f"a {inner} OR b", NOW).hints if "NOT" in hint.message]
    assert str(MAX_DEPTH) in hint.message
    assert "NOT" in parse("(" * (MAX_DEPTH - 1) + f"a {inner} OR b", NOW).reading


@given(QUERIES)
def test_reading_is_a_query_that_reads_the_same(text: str) -> None:
    """The reading that is shown means exactly what was used."""
    parsed = parse(text, NOW)
    again = parse(parsed.reading, NOW)
    assert again.reading == parsed.reading
    assert again.hints == ()
