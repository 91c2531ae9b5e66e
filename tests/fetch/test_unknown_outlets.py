"""Unknown domains become provisional sources by what their feeds say, and articles are enriched with that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.outlets.open import open_registry
from pipeline.outlets.store import OutletStore
from pipeline.sources.registry import facts
from tests.fetch.feed_site import Site, running_site
from tests.fetch.polling import open_polling

DUTCH = "De sluiswachter telde tot in de schemering de schepen en schreef elke naam in het boek bij het raam. " * 5


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of one's own."""
    with running_site() as site:
        yield site


async def test_a_feed_says_what_its_outlet_is(site: Site, tmp_path: Path) -> None:
    """Title and language are the feed's; the country is told by the domain, a language nobody gives by the articles."""
    site.set_items(("/a", DUTCH), extra="<link>https://www.sluispost.nl/</link>")
    site.set_items(
        ("/b", "Text."), path="/two.xml", extra="<link>https://fog.example/</link><language>en-ie</language>"
    )
    site.set_items(("/c", "Text."), path="/three.xml")
    feeds = [site.feed, f"{site.base}/two.xml", f"{site.base}/three.xml"]
    path = tmp_path / "sources.db"
    registry = open_registry(None, path)
    async with open_polling(tmp_path) as polling:
        for feed in feeds:
            polling.add(feed)
            await polling.poll_and_commit(feed)
            await polling.poll_and_commit(feed)
    found = registry.publisher(url="https://sluispost.nl/x")
    assert found is not None
    assert found.provisional
    assert facts(found, "sluispost.nl").model_dump(exclude_defaults=True) == {
        "name": "Quay", "domain": "sluispost.nl", "country": "NL", "language": "nl",
    }  # fmt: skip
    with OutletStore(path) as store:
        assert [(one.name, one.claims) for one in store.lists()] == [("feeds", 2), ("texts", 1)]
        merged = store.merged("sluispost.nl")
        assert merged is not None
        assert {name: choice.lists for name, choice in merged.choices.items()} == {
            "name": ("feeds",), "country": ("top-level domain",), "language": ("texts",),
        }  # fmt: skip
        assert [source.id for source in store.all()] == ["fog.example", "sluispost.nl"]
