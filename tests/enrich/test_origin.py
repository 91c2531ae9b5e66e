"""Who made an article first: golden cases, and what must never count as an origin."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich.origin import find_origin
from pipeline.extract.extracted import ExtractedArticle, SourceHint
from pipeline.sources.registry import SourceRegistry
from schemas.annotations import OriginKind, Zone, ZoneKind

REPRINT = OriginKind.REPRINT_NOTICE
SIGN_OFF = OriginKind.SIGN_OFF
DATELINE = OriginKind.DATELINE
BYLINE = OriginKind.BYLINE
CREDIT = OriginKind.CREDIT
FILL = [
    "The ferry to the outer islands sailed again on Monday after three weeks in dock.",
    "Passengers had waited since the storm broke a rudder, the harbour master said.",
    "A second ship is expected in spring, and the council wants to pay for half of it.",
    "Ida Lund, who runs the only shop on the quay, said she had run out of flour twice.",
    "The operator did not answer questions about the cost of the repair.",
    "Tickets will cost the same as before, according to the timetable on its door.",
    "The island school reopens on Thursday.",
    "Two buses will meet every sailing until the end of the month.",
    "The next inspection is due in a year.",
    "Fishermen watched the first sailing from the breakwater in the rain.",
    "The mayor spoke for five minutes and was not heard over the engines.",
    "Then the horn sounded twice.",
]


@pytest.fixture(scope="module")
def registry() -> SourceRegistry:
    """The registry that comes with the project."""
    return SourceRegistry.load()


@dataclass(frozen=True)
class Spot:
    """Where in the article the line stands: `top` or `end` of the body, in the `middle`, or in a zone of its own."""

    where: str = "top"
    zone: ZoneKind | None = None
    rule: str = "test"


TOP = Spot()
END = Spot("end")
MIDDLE = Spot("middle")
NOTICE = Spot("end", ZoneKind.REPRINT_NOTICE)
COPYRIGHT = Spot("end", ZoneKind.COPYRIGHT)
BY = Spot("top", ZoneKind.BYLINE)


def _article(line: str, place: Spot, hints: tuple[SourceHint, ...] = (), site: str | None = None) -> ExtractedArticle:
    body = list(FILL)
    body.insert({"top": 0, "middle": len(FILL) // 2, "end": len(FILL)}[place.where], line)
    zones, position = [], 0
    for text in body:
        kind = place.zone if place.zone and text == line else ZoneKind.BODY
        zones.append(Zone(start=position, end=position + len(text), kind=kind, rule=place.rule))
        position += len(text) + 1
    return ExtractedArticle("Ferry sails again", "\n".join(body), tuple(zones), source_hints=hints, site_name=site)


FOUND = [
    ("This article was originally published by Radio Free Europe/Radio Liberty and is reprinted with permission.",
     TOP, "radio-free-europe", REPRINT, "is reprinted with permission"),
    ("This article is republished from The Conversation under a Creative Commons license. Read the original article.",
     NOTICE, "the-conversation", REPRINT, "under a Creative Commons license"),
    ("This story was originally published by ProPublica.", TOP, "propublica", REPRINT, None),
    ("Originally published on theguardian.com.", END, "guardian", REPRINT, None),
    ("A version of this article first appeared in The Washington Post on March 3, 2018.",
     END, "washington-post", REPRINT, None),
    ("This report first appeared on the website of Deutsche Welle.", NOTICE, "deutsche-welle", REPRINT, None),
    ("This column was first published in 2019 by Le Monde.", NOTICE, "le-monde", REPRINT, None),
    ("(This story originally appeared in The New York Times.)", END, "new-york-times", REPRINT, None),
    ("Republished with permission from Kyodo News.", NOTICE, "kyodo", REPRINT, "Republished with permission"),
    ("Reprinted by permission of The Economist.", NOTICE, "economist", REPRINT, "Reprinted by permission"),
    ("Reposted from Grist", NOTICE, "grist", REPRINT, None),
    ("This story was produced by ProPublica and is shared here under a Creative Commons license.",
     NOTICE, "propublica", REPRINT, "under a Creative Commons license"),
    ("This article was provided by the Associated Press.", NOTICE, "associated-press", REPRINT, None),
    ("This story comes to us from KFF Health News.", NOTICE, "kff-health-news", REPRINT, None),
    ("The post Ferry sails again appeared first on ProPublica.", END, "propublica", REPRINT, None),
    ("(c) 2018 Reuters", COPYRIGHT, "reuters", REPRINT, None),
    ("Copyright 2018 The Associated Press. All rights reserved.",
     COPYRIGHT, "associated-press", REPRINT, "All rights reserved"),
    ("© 2018, The Washington Post", COPYRIGHT, "washington-post", REPRINT, None),
    ("©2018 Bloomberg News. Visit the site for more.", COPYRIGHT, "bloomberg", REPRINT, None),
    ("Dieser Artikel erschien zuerst bei der Deutschen Welle.", NOTICE, "deutsche-welle", REPRINT, None),
    ("Der Beitrag wurde ursprünglich in der Süddeutschen Zeitung veröffentlicht.",
     NOTICE, "sueddeutsche", REPRINT, None),
    ("Zuerst erschienen auf Zeit Online.", NOTICE, "zeit", REPRINT, None),
    ("Mit freundlicher Genehmigung von Correctiv.", NOTICE, "correctiv", REPRINT, "Mit freundlicher Genehmigung"),
    ("Cet article a été publié pour la première fois par Le Monde.", NOTICE, "le-monde", REPRINT, None),
    ("Ce texte a d’abord été publié sur Mediapart.", NOTICE, "mediapart", REPRINT, None),
    ("Initialement publié dans Libération", NOTICE, "liberation", REPRINT, None),
    ("Reproduit avec l’aimable autorisation de RFI.", NOTICE, "rfi", REPRINT,
     "avec l’aimable autorisation"),
    ("Este artículo fue publicado originalmente por El País.", NOTICE, "el-pais", REPRINT, None),
    ("Esta nota se publicó originalmente en La Nación.", NOTICE, "la-nacion-ar", REPRINT, None),
    ("Publicado originalmente en elpais.com", NOTICE, "el-pais", REPRINT, None),
    ("Reproducido con permiso de EFE.", NOTICE, "efe", REPRINT, "con permiso"),
    ("— AFP", END, "agence-france-presse", SIGN_OFF, None),
    ("(Reuters)", END, "reuters", SIGN_OFF, None),
    ("- AP", Spot("end", ZoneKind.CREDIT, "sign-off-agency"), "associated-press", SIGN_OFF, None),
    ("dpa/lth", END, "deutsche-presse-agentur", SIGN_OFF, None),
    ("She was back on the quay by nightfall. — Bernama", END, "bernama", SIGN_OFF, None),
    ("“We will sail tomorrow,” she said. (Xinhua)", END, "xinhua", SIGN_OFF, None),
    ("(Reporting by Ida Lund; Additional reporting by Tom Reed; Editing by Ann Brook.)",
     END, "reuters", SIGN_OFF, None),
    ("Reporting by Ida Lund in Galway; editing by Tom Reed", END, "reuters", SIGN_OFF, None),
    ("ab/cd (Reuters, AFP)", END, "reuters", SIGN_OFF, None),
    ("LONDON (AP) — The ferry sailed again.", TOP, "associated-press", DATELINE, None),
    ("(Reuters) - The ferry sailed again.", TOP, "reuters", DATELINE, None),
    ("PARIS, Oct 3 (Xinhua) -- The ferry sailed again.", TOP, "xinhua", DATELINE, None),
    ("HEMPSTEAD, N.Y., Sept. 26 (UPI) — The ferry sailed again.", TOP, "upi", DATELINE, None),
    ("SAN JOSE, Costa Rica (AP) - The ferry sailed again.", TOP, "associated-press", DATELINE, None),
    ("Berlin (dpa/bb) - Die Fähre fährt wieder.", TOP, "deutsche-presse-agentur", DATELINE, None),
    ("Madrid, 3 oct (EFE).- El barco ha vuelto.", TOP, "efe", DATELINE, None),
    ("GALWAY, Ireland, Nov. 6, 2018 /PRNewswire/ -- Ferry Lines today announced a ship.",
     TOP, "pr-newswire", DATELINE, None),
    ("GALWAY (CNN) — The ferry sailed again.", TOP, "cnn", DATELINE, None),
    ("By The Associated Press", BY, "associated-press", BYLINE, None),
    ("By IDA LUND, Associated Press", BY, "associated-press", BYLINE, None),
    ("Ida Lund | Reuters", BY, "reuters", BYLINE, None),
    ("Reuters Staff", BY, "reuters", BYLINE, None),
    ("Von dpa", TOP, "deutsche-presse-agentur", BYLINE, None),
    ("Por EFE", TOP, "efe", BYLINE, None),
    ("Par AFP", TOP, "agence-france-presse", BYLINE, None),
    ("Source: Reuters", END, "reuters", CREDIT, None),
    ("Quelle: dpa", END, "deutsche-presse-agentur", CREDIT, None),
    ("Fuente: EFE", END, "efe", CREDIT, None),
]  # fmt: skip
NOTHING = [
    ("The harbour master told Reuters that the ferry was safe.", MIDDLE),
    ("The harbour master told Reuters that the ferry was safe.", END),
    ("The Associated Press contributed to this report.", END),
    ("A crew member told The Associated Press (AP).", END),
    ("FILE - The ferry in dock. (AP Photo/Ida Lund)", END),
    ("(AP Photo/Ida Lund)", TOP),
    ("AP Photo/Ida Lund", Spot("top", ZoneKind.CREDIT)),
    ("(Reuters)", Spot("end", ZoneKind.CREDIT)),
    ("The ferry in dock on Friday (Reuters)", Spot("top", ZoneKind.CAPTION)),
    ("Read also: This article was originally published by Reuters.", Spot("end", ZoneKind.RELATED)),
    ("This article was originally published by Reuters.", Spot("top", ZoneKind.PROMO)),
    ("This article was originally published on Monday.", NOTICE),
    ("This article was originally published in 2010.", NOTICE),
    ("This article was first published at 10:30.", NOTICE),
    ("This article was originally published by us.", NOTICE),
    ("His first book was originally published by Random House in 1987.", MIDDLE),
    ("The World Health Organization (WHO) said it had no ship.", TOP),
    ("The Agence France-Presse (AFP) office on the quay was closed.", TOP),
    ("By Ida Lund", BY),
    ("Von Ida Lund", TOP),
    ("By the time Reuters arrived, the ferry had left.", TOP),
    ("Source: Ministry of Transport", END),
    ("This story was produced by Ida Lund and edited by Tom Reed.", NOTICE),
    ("© 2018 Harbour Post", COPYRIGHT),
    ("Ida Lund is a correspondent for the Harbour Post.", END),
    ("The ferry belongs to the Press Association of sailors, she said.", END),
]  # fmt: skip


@pytest.mark.parametrize(("line", "place", "source_id", "kind", "rights"), FOUND)
def test_origin_is_found(
    registry: SourceRegistry, line: str, place: Spot, source_id: str, kind: OriginKind, rights: str | None
) -> None:
    """Each phrase names its maker, with a span that covers the statement and the wording of the rights."""
    extracted = _article(line, place)
    origin = find_origin(extracted, registry, None, domain="harbour-post.example")
    assert origin is not None
    assert (origin.source_id, origin.kind, origin.rights) == (source_id, kind, rights)
    assert origin.span is not None
    assert extracted.text[origin.span.start : origin.span.end].strip()
    assert extracted.text[origin.span.start : origin.span.end] in line


@pytest.mark.parametrize(("line", "place"), NOTHING)
def test_mention_is_no_origin(registry: SourceRegistry, line: str, place: Spot) -> None:
    """Mentions, photo credits, contributions, dates and people are no origin of the article."""
    assert find_origin(_article(line, place), registry, None, domain="harbour-post.example") is None


@pytest.mark.parametrize(("line", "place", "source_id"), [case[:3] for case in FOUND])
def test_own_name_is_no_foreign_origin(registry: SourceRegistry, line: str, place: Spot, source_id: str) -> None:
    """The same phrase on the maker's own site names no other maker."""
    origin = find_origin(_article(line, place), registry, registry.get(source_id))
    assert origin is None or origin.source_id != source_id


def test_unknown_maker_keeps_its_written_name(registry: SourceRegistry) -> None:
    """A maker that the registry does not know is named as written, with less confidence."""
    line = "This story was originally published by the Skerry Island Courier, and is reprinted with permission."
    origin = find_origin(_article(line, NOTICE), registry, None)
    assert origin is not None
    assert (origin.name, origin.source_id) == ("Skerry Island Courier", None)
    assert origin.confidence < 0.9


@pytest.mark.parametrize(
    ("site", "domain", "name"),
    [("Skerry Courier", None, None), (None, "skerry-courier.example", None), (None, None, "The Skerry Courier")],
)
def test_unregistered_publisher_knows_its_own_name(
    registry: SourceRegistry, site: str | None, domain: str | None, name: str | None
) -> None:
    """Site name, domain or the feed's name tell that a notice speaks of the publisher itself."""
    extracted = _article("The post Ferry sails again appeared first on Skerry Courier.", END, site=site)
    assert find_origin(extracted, registry, None, domain, name) is None
    assert find_origin(extracted, registry, None, "other.example") is None or site is None


def test_stronger_evidence_wins(registry: SourceRegistry) -> None:
    """A reprint notice beats the dateline that it quotes along."""
    extracted = _article("LONDON (AP) — The ferry sailed again.", TOP)
    both = ExtractedArticle(
        extracted.title, extracted.text + "\nThis article was originally published by ProPublica.", ()
    )
    origin = find_origin(both, registry, None)
    assert origin is not None
    assert (origin.source_id, origin.kind) == ("propublica", REPRINT)


@pytest.mark.parametrize(
    ("hint", "domain", "expected"),
    [
        (SourceHint("canonical-link", "https://www.theguardian.com/x"),
         "harbour-post.example", ("guardian", OriginKind.CANONICAL_LINK)),
        (SourceHint("canonical-link", "https://unknown.example/x"),
         "harbour-post.example", (None, OriginKind.CANONICAL_LINK)),
        (SourceHint("canonical-link", "https://www.harbour-post.example/x"), "harbour-post.example", None),
        (SourceHint("canonical-link", "https://harbour-post.test/x"), "harbour-post.example", None),
        (SourceHint("canonical-link", "https://www.theguardian.com/x"), None, None),
        (SourceHint("author", "AP"), None, ("associated-press", BYLINE)),
        (SourceHint("author", "Ida Lund, Reuters"), None, ("reuters", BYLINE)),
        (SourceHint("author", "Ida Lund"), None, None),
        (SourceHint("json-ld-source", "Agence France-Presse"), None, ("agence-france-presse", CREDIT)),
        (SourceHint("meta-source", "https://apnews.com/"), None, ("associated-press", CREDIT)),
        (SourceHint("feed-source", "Reuters"), None, ("reuters", OriginKind.FEED_SOURCE)),
        (SourceHint("feed-source", "Somebody"), None, None),
    ],
)  # fmt: skip
def test_evidence_outside_the_text(
    registry: SourceRegistry, hint: SourceHint, domain: str | None, expected: tuple[str | None, OriginKind] | None
) -> None:
    """Canonical links, metadata and feed fields count, without a span; a link home does not."""
    origin = find_origin(_article("Two lines more.", END, (hint,)), registry, None, domain)
    assert (origin and (origin.source_id, origin.kind)) == expected
    assert origin is None or origin.span is None


def test_nothing_to_read(registry: SourceRegistry) -> None:
    """An empty article has no origin."""
    assert find_origin(ExtractedArticle("", "", ()), registry, None) is None


@given(
    st.lists(
        st.sampled_from(
            ["This article was ", "originally published by ", "(", ")", "Reuters", " - ", "\n", "— ", "By ", "© 2018 "]
        )
        | st.text(max_size=8),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_survived(text: str) -> None:
    """Whatever the text, the answer is None or an origin whose span lies inside it."""
    origin = find_origin(ExtractedArticle("", text, ()), SourceRegistry(()), None)
    assert origin is None or (origin.span is not None and 0 <= origin.span.start < origin.span.end <= len(text))


def test_hostile_line_is_fast(registry: SourceRegistry) -> None:
    """A long line of almost-matches costs no more than its length."""
    hostile = "this article was " * 40 + "( " * 3000 + "reporting by " * 200 + "originally published by the " * 20
    assert find_origin(ExtractedArticle("", "\n".join([hostile] * 12), ()), registry, None) is None


def test_acceptance_article(registry: SourceRegistry, shared_dir: Path) -> None:
    """The article that the product was asked for: made by RFE/RL, by reprint notice, with permission."""
    path = next((shared_dir / "seeds").glob("000_*.txt"))
    text = path.read_text(encoding="utf-8")
    origin = find_origin(ExtractedArticle("", text, ()), registry, None)
    assert origin is not None
    assert (origin.name, origin.kind) == ("Radio Free Europe/Radio Liberty", REPRINT)
    assert origin.rights == "is reprinted with permission"
    assert origin.span is not None
    statement = text[origin.span.start : origin.span.end]
    assert statement.startswith("This article was originally")
    assert statement.endswith("reprinted with permission.")
