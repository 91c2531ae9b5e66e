"""Which language a text is in, and when a claim is believed."""

import pytest

from pipeline.enrich.language import detect_language, primary_code

ENGLISH = "The harbour board met on Tuesday evening and decided that the old pier has to be closed for a year."
NORWEGIAN = "Havnestyret møttes tirsdag kveld og bestemte at den gamle kaien må stenges i et helt år framover."
CHINESE = "港口委员会周二晚上开会，决定将旧码头关闭一年，以便进行维修工作。"


@pytest.mark.parametrize(
    ("text", "claimed", "code"),
    [
        (ENGLISH, None, "en"),
        (ENGLISH, "de", "en"),
        (CHINESE, None, "zh"),
        (NORWEGIAN, "nb-NO", "no"),
        (NORWEGIAN, "da", "da"),
        ("Harbour", "fr-CA", "fr"),
        ("Harbour", None, None),
        ("", "x-not-a-tag", None),
        ("12 34 56 78 90 - 12:30 +3.4 %" * 20, "sv", "sv"),
    ],
)
def test_text_decides_where_it_can(text: str, claimed: str | None, code: str | None) -> None:
    """A text long enough overrules the claim; a short one, or a sibling language, leaves it standing."""
    assert detect_language(text, claimed).code == code


def test_a_believed_claim_has_no_score() -> None:
    """The score says how sure the text is, so a mere claim scores nothing."""
    assert detect_language("Harbour", "en").score == 0
    assert detect_language(ENGLISH, None).score > 0.9


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-US", "en"), ("pt_BR", "pt"), ("nn", "no"), ("iw", "he"), ("", None), (None, None), ("english", None)],
)
def test_tags_are_read_loosely(tag: str | None, code: str | None) -> None:
    """Feeds write tags in many ways; words that are no tag give nothing."""
    assert primary_code(tag) == code


def test_broken_characters_do_no_harm() -> None:
    """Half a surrogate pair in a text must not stop detection."""
    assert detect_language(ENGLISH + "\ud83d", None).code == "en"
