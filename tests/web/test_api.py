"""The JSON API: the answers that pages and programs share."""

from typing import Any

import httpx
import pytest

from tests.index.making import NOW, article_id, days_ago


def get(client: httpx.Client, path: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON at the path."""
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_search_answers_with_all_that_a_page_shows(client: httpx.Client) -> None:
    """A search has hits with highlights, facets by parameter, a histogram without gaps, and its reading."""
    found = get(client, "/search.json", q="odette rivermouth")
    assert found["total"] == 3
    assert [hit["story_size"] for hit in found["hits"]] == [3]
    assert "<mark>Odette</mark>" in found["hits"][0]["highlights"]["title"][0]
    assert found["facets"]["person"] == [{"value": "Ida Lund", "count": 3}]
    assert [bucket["count"] for bucket in found["histogram"]] == [2, 1]
    assert found["query"] == "odette AND rivermouth"


def test_facets_keep_their_other_values(client: httpx.Client) -> None:
    """Selected values narrow the hits and the other facets, not their own; a selected value is always listed."""
    found = get(client, "/search.json", q="odette", lang="de", copies="1")
    assert found["total"] == 1
    assert {each["value"]: each["count"] for each in found["facets"]["lang"]} == {"en": 3, "de": 1}
    lonely = get(client, "/search.json", q="odette", person="Nobody")
    assert {"value": "Nobody", "count": 0} in lonely["facets"]["person"]


def test_cursor_leads_through_all_articles(client: httpx.Client) -> None:
    """Following cursors gives each article once."""
    seen: list[str] = []
    cursor = None
    while True:
        page = get(client, "/search.json", copies="1", limit=7, **({"cursor": cursor} if cursor else {}))
        seen.extend(hit["article_id"] for hit in page["hits"])
        cursor = page["cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == page["total"] == 27


def test_other_names_of_outlets_are_known(client: httpx.Client) -> None:
    """`origin:AP` finds what the registry files under the agency's full name."""
    assert get(client, "/search.json", q="origin:AP", copies="1")["total"] == 3


def test_places_can_be_named(client: httpx.Client) -> None:
    """`near:` takes the name of a place that articles speak of."""
    assert get(client, "/search.json", q="near:Rivermouth,5km", copies="1")["total"] == 3
    hints = get(client, "/search.json", q="near:Atlantis")["hints"]
    assert any("does not know a place called 'Atlantis'" in hint["message"] for hint in hints)


@pytest.mark.parametrize(("typed", "meant"), [("oddette", "odette"), ("storn odete -ham", "storm odette -ham")])
def test_did_you_mean(client: httpx.Client, typed: str, meant: str) -> None:
    """A word that no article has is answered with the one that was meant."""
    assert get(client, "/search.json", q=typed)["did_you_mean"] == meant


def test_no_suggestion_for_what_is_found(client: httpx.Client) -> None:
    """Words that are found, and words like no other, are left alone."""
    assert get(client, "/search.json", q="odette")["did_you_mean"] is None
    assert get(client, "/search.json", q="xylophonists")["did_you_mean"] is None


def test_article(client: httpx.Client) -> None:
    """An article comes with its enrichment, its story, and what is related."""
    found = get(client, f"/articles/{article_id('a')}.json")
    assert found["article"]["quotes"][0]["text"] == "We stayed in,"
    assert [hit["article_id"] for hit in found["story"]] == [article_id("b"), article_id("c")]
    assert article_id("a") not in {hit["article_id"] for hit in found["related"]}
    assert "fingerprint" not in found["index"]


def test_story(client: httpx.Client) -> None:
    """A story lists its articles from the first on, with what each changed."""
    found = get(client, f"/stories/{article_id('a')}.json")
    assert [member["minutes_after"] for member in found["members"]] == [0, 120, 1800]
    assert found["copies"] == 2
    first = found["members"][0]
    assert [each["copied"] and each["copied"]["article_id"] for each in found["members"]] == [
        None, first["hit"]["article_id"], first["hit"]["article_id"],
    ]  # fmt: skip
    assert first["differences"] is None
    assert found["members"][1]["differences"]["left_out"] == [
        "Ferries were cancelled until Thursday.",
        "Nobody was hurt.",
    ]
    assert found["members"][2]["differences"]["added"] == ["Ours alone."]


def test_entity(client: httpx.Client) -> None:
    """A name has its timeline, what it is named with, and its quotes, each once."""
    found = get(client, "/entity.json", kind="person", name="Ida Lund")
    assert (found["articles"], found["stories"]) == (5, 3)
    assert [quote["text"] for quote in found["quotes_by"]] == ["We stayed in,"]
    assert found["together"]["place"][0] == {"value": "Rivermouth", "count": 3}
    assert found["together"]["person"] == []  # another person is named, but never in the same article
    assert get(client, "/entity.json", kind="person", name="Nobody At All")["articles"] == 0


def test_source(client: httpx.Client) -> None:
    """A source has what the registry knows, what it reprints, and how it does."""
    found = get(client, "/source.json", id="associated-press")
    assert found["articles"] == 1
    assert found["written_for_others"] == 3
    assert found["health"]["week"] == 1
    assert get(client, "/source.json", id="elbe.example")["name"] == "Elbe-Bote"
    assert "Elbe-Bote" in {source["name"] for source in get(client, "/sources.json")["sources"]}


def test_trends(client: httpx.Client) -> None:
    """Who is named in more stories than before is a trend; three copies of one story count once."""
    found = get(client, "/trends.json")
    assert [(trend["name"], trend["stories"]) for trend in found["trends"]] == [("Ida Lund", 3)]
    assert found["stories"] == 4
    assert found["stories_before"] > 10


def test_trends_of_another_day(client: httpx.Client) -> None:
    """The window may end with any day; an empty one tells when the last article before it was published."""
    found = get(client, "/trends.json", window="7d", until=NOW.date())
    assert [trend["name"] for trend in found["trends"]] == ["Ida Lund"]
    early = get(client, "/trends.json", window="24h", until=days_ago(6).date())
    assert early["stories"] == 0
    assert early["until"] == f"{days_ago(6).date()}T23:59:59Z"
    assert early["newest_at"] == days_ago(9).isoformat().replace("+00:00", "Z")


def test_status(client: httpx.Client) -> None:
    """The status counts articles, messages and what was refused."""
    found = get(client, "/status.json")
    assert found["articles"] == 27
    assert {topic["name"] for topic in found["topics"]} >= {"news.raw.v1", "news.dead-letter.v1"}


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/search.json?since=whenever", 400, "bad-input"),
        ("/search.json?cursor=nonsense", 400, "bad-input"),
        ("/search.json?limit=1000", 422, "bad-input"),
        ("/search.json?unknown=1", 422, "bad-input"),
        (f"/articles/{'0' * 32}.json", 404, "not-found"),
        ("/articles/../../etc/passwd.json", 404, "not-found"),
        ("/source.json?id=nobody", 404, "not-found"),
        ("/nothing.json", 404, "not-found"),
    ],
)
def test_errors_say_what_is_wrong(client: httpx.Client, path: str, status: int, reason: str) -> None:
    """Errors are JSON with a stable reason and a sentence."""
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]["reason"] == reason
    assert answer.json()["error"]["message"]
