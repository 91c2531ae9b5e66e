"""`newswire demo` and what can be asked of its result, from the outside."""

import re

from tests.cli.conftest import Newswire


def test_second_run_changes_nothing(newswire_after_demo: Newswire) -> None:
    """Running the demo again gives the same counts, and they add up to what was read."""
    first = newswire_after_demo("demo", "--json").json
    second = newswire_after_demo("demo", "--json").json
    seconds = (first.pop("seconds"), second.pop("seconds"))
    assert first == second
    assert max(seconds) < 40
    assert first["articles"] == first["indexed"] + first["updates"] + first["rejected"] + first["dead_letters"]
    assert first["indexed"] >= 50
    assert first["rejected"] == 3
    assert first["dead_letters"] == 2
    assert min(first["entities"], first["origins"], first["copies"]) > 5


def test_report_for_a_person(newswire_after_demo: Newswire) -> None:
    """The report names sources, origins with evidence, copies, refusals with reasons, a search, and what to do next."""
    done = newswire_after_demo("demo")
    assert done.code == 0
    for expected in ("languages", "by reprint-notice", "also in", "broken-lines.jsonl:2", "$ newswire search", "next"):
        assert expected in done.out


def test_report_explains_copies_rewrites_and_the_correction(newswire_after_demo: Newswire) -> None:
    """The reprints with how each is known, the rewrite of the comet's story, and the corrected price are told."""
    told = newswire_after_demo("demo").out
    for line in (
        "Tasman Monitor: edited",
        "“Look up in January: A new comet is on its way” (The Prairie Beacon), the same event in other words",
        "corrected 2026-10-15 08:31",
        "put the price at [4.1 → 14.1] million pounds",
        "+ Correction, October 15: An earlier version of this article",
    ):
        assert line in told, told


def test_show_tells_what_each_version_changed(newswire_after_demo: Newswire) -> None:
    """The corrected article is listed with its two versions, for people and as JSON, and found as corrected."""
    url = "https://www.harbourcourier.example/news/2026/10/14/ipswich-bascule-bridge-cost"
    shown = newswire_after_demo("show", url, "--versions")
    assert shown.code == 0
    assert "2 versions, the earliest first" in shown.out
    assert "[4.1 → 14.1]" in shown.out
    history = newswire_after_demo("show", url, "--versions", "--json").json["versions"]
    assert [version["kind"] for version in history] == ["first", "corrected"]
    assert "4.1 million" in history[0]["article"]["text"]
    assert history[1]["paragraphs"][0]["before"].replace("4.1", "14.1") == history[1]["paragraphs"][0]["after"]
    assert "changed     corrected" in newswire_after_demo("show", url).out


def test_stories_compare_tells_two_reports_apart(newswire_after_demo: Newswire) -> None:
    """Two copies are compared by paragraph; an id that is not there is named."""
    hits = newswire_after_demo("search", "is:copy", "--copies", "--json").json["hits"]
    copy = next(hit for hit in hits if hit["copy_of"])
    compared = newswire_after_demo("stories", "compare", copy["copy_of"], copy["article_id"])
    assert compared.code == 0
    assert compared.out.startswith("--- ")
    assert newswire_after_demo("stories", "compare", copy["article_id"], copy["article_id"], "--json").json == {
        "title": None,
        "paragraphs": [],
    }
    missing = newswire_after_demo("stories", "compare", copy["article_id"], "0" * 32)
    assert missing.code == 1
    assert "0" * 32 in missing.err


def test_search_answers_with_hits_facets_and_histogram(newswire_after_demo: Newswire) -> None:
    """`search --json` has the shape that scripts rely on, and finds what the seeds say."""
    page = newswire_after_demo("search", "Odette", "--json").json
    assert page["total"] >= 4
    assert {"total", "relation", "took_ms", "hits", "facets", "histogram", "cursor"} <= page.keys()
    hit = page["hits"][0]
    assert {"article_id", "title", "url", "source", "published_at", "score", "highlights", "story_id"} <= hit.keys()
    assert any("<mark>" in fragment for fragments in hit["highlights"].values() for fragment in fragments)
    assert {"value", "count"} == page["facets"]["language"][0].keys()


def test_search_by_source_name_and_time(newswire_after_demo: Newswire) -> None:
    """The options narrow the result, and a page can be continued by its cursor without repeating a hit."""
    first = newswire_after_demo(
        "search", "*", "--source", "The Harbour Courier", "--sort", "newest", "--limit", "3", "--json"
    ).json
    assert first["cursor"]
    assert {hit["source"] for hit in first["hits"]} == {"The Harbour Courier"}
    times = [hit["published_at"] for hit in first["hits"]]
    assert times == sorted(times, reverse=True)
    second = newswire_after_demo(
        "search", "*", "--source", "The Harbour Courier", "--sort", "newest", "--limit", "3", "--cursor",
        first["cursor"], "--json",
    ).json  # fmt: skip
    assert not {hit["article_id"] for hit in first["hits"]} & {hit["article_id"] for hit in second["hits"]}


def test_malformed_query_is_answered_with_a_hint(newswire_after_demo: Newswire) -> None:
    """A query that cannot be read as typed is answered all the same, and says where it was unclear."""
    done = newswire_after_demo("search", "(storm OR", "--json")
    assert done.code == 0
    assert done.json["hints"]
    assert all(hint["message"] for hint in done.json["hints"])


def test_show_by_id_and_by_address(newswire_after_demo: Newswire) -> None:
    """An article is found by its id and by its address, with zones, origin and index fields in the JSON."""
    hit = newswire_after_demo("search", "*", "--json", "--limit", "40").json["hits"]
    chosen = next(one for one in hit if one["origin"] and one["url"])
    record = newswire_after_demo("show", chosen["article_id"], "--json").json
    assert record["article_id"] == chosen["article_id"]
    assert record["origin"]["name"] == chosen["origin"]
    assert record["zones"]
    assert record["index"]["story_id"]
    person = newswire_after_demo("show", chosen["url"])
    assert person.code == 0
    assert re.search(r"^origin +" + re.escape(chosen["origin"]), person.out, re.MULTILINE)


def test_dead_letters_are_listed_shown_and_kept(newswire_after_demo: Newswire) -> None:
    """What was refused can be listed by reason and looked at with its original bytes; a dry run sends nothing."""
    letters = newswire_after_demo("dead-letters", "list", "--reason", "bad-input", "--json").json
    assert len(letters) == 2
    assert all(re.search(r"broken-lines\.jsonl:\d+$", letter["received_from"]) for letter in letters)
    shown = newswire_after_demo("dead-letters", "show", letters[0]["id"], "--json").json
    assert shown["value"]
    pages = newswire_after_demo("dead-letters", "replay", "--reason", "not-an-article", "--dry-run")
    assert "3 dead letters would be sent again" in pages.out


def test_status_says_that_nothing_waits(newswire_after_demo: Newswire) -> None:
    """After the demo every role is done with what its topics hold."""
    report = newswire_after_demo("status", "--json").json
    assert report["index"]["articles"] >= 50
    assert all(lag == 0 for topic in report["topics"].values() for lag in topic["lag"].values())
    assert report["dead_letters"] == {"bad-input": 2, "not-an-article": 3}


def test_sources_show_counts_what_is_indexed(newswire_after_demo: Newswire) -> None:
    """The registry's row of an outlet comes with the number of its articles."""
    shown = newswire_after_demo("sources", "show", "The Harbour Courier", "--json").json
    assert shown["articles_published"] >= 5
    reprints = newswire_after_demo("sources", "show", "Tasman Monitor", "--json").json["reprints"]
    assert reprints["articles"] == reprints["looked_at"]
    assert {"value": "The Prairie Beacon", "count": 1} in reprints["taken_from"]
    assert 0 < reprints["share"] <= 1
    beacon = newswire_after_demo("sources", "show", "The Prairie Beacon")
    assert re.search(r"^taken by +.*Tasman Monitor 1", beacon.out, re.MULTILINE)
    agencies = newswire_after_demo("sources", "list", "--kind", "agency", "--json").json
    assert {"reuters", "agence-france-presse"} <= {source["id"] for source in agencies}


def test_doctor_finds_nothing_wrong(newswire_after_demo: Newswire) -> None:
    """On a working set-up every check is well."""
    done = newswire_after_demo("doctor", "--json")
    assert done.code == 0
    assert all(finding["well"] for finding in done.json["findings"])


def test_doctor_keeps_secrets(newswire_after_demo: Newswire) -> None:
    """Tokens and passwords are in no report, which people paste into tickets."""
    word = "mackerel-sky-over-the-quay"
    names = ("WEB_TOKEN", "INGEST_TOKEN", "KAFKA_PASSWORD", "ELASTIC_API_KEY", "SMTP_PASSWORD", "ALERTS_SECRET")
    variables = {f"NEWSWIRE_{name}": word for name in names}
    done = newswire_after_demo("doctor", **variables)
    assert "web_port" in done.out
    assert word not in done.out + done.err
