"""The seeds' feeds and pages served on loopback, and four papers that print one story: what a reader subscribes to."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fetch.feed_site import Site, running_site

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
"""Papers are told apart by their host; all of 127.0.0.0/8 is this machine."""
STORY = (
    "The ferry Quay Queen ran aground off Larksand Head at dawn on Thursday with 212 people on board.",
    "Two lifeboats and a pilot cutter took all passengers to Larksand harbour within three hours, and nobody was hurt.",
    "“The sandbank has moved since the last survey,” said harbour master Idris Penmarch on the quay.",
    "The company that runs the ferry said divers would look at the hull before the next high tide on Friday morning.",
)


@dataclass(frozen=True)
class Press:
    """The sites, the first of which has the list of all feeds."""

    sites: tuple[Site, ...]

    @property
    def list_url(self) -> str:
        """The address of the list, OPML."""
        return f"{self.sites[0].base}/feeds.opml"


@contextmanager
def running_press(repository: Path) -> Iterator[Press]:
    """Serve everything."""
    with ExitStack() as stack:
        sites = tuple(stack.enter_context(running_site(host)) for host in HOSTS)
        for number, site in enumerate(sites):
            _print_story(site, number)
        _serve_seeds(sites[0], repository / "seeds")
        papers = "".join(f'<outline type="rss" text="Paper {n}" xmlUrl="{site.feed}"/>' for n, site in enumerate(sites))
        opml = str(sites[0].documents["/feeds.opml"])
        sites[0].documents["/feeds.opml"] = opml.replace("</body>", f'<outline text="Papers">{papers}</outline></body>')
        yield Press(sites)


def _print_story(site: Site, number: int) -> None:
    site.set_items(("/quay-queen", STORY[0]))
    feed = str(site.documents["/feed.xml"])
    site.documents["/feed.xml"] = feed.replace("<title>Quay</title>", f"<title>Quay Paper {number}</title>")
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
    site.documents["/quay-queen"] = (
        f"<html lang='en'><head><title>Ferry Quay Queen aground off Larksand Head</title></head><body><article>"
        f"<h1>Ferry Quay Queen aground off Larksand Head</h1>{paragraphs}<p>Edition {number} of the morning.</p>"
        "</article></body></html>"
    )


def _serve_seeds(site: Site, seeds: Path) -> None:
    """Serve the seeds' list of feeds, the feeds, and each page that they link to."""
    opml = (seeds / "feeds.opml").read_text("utf-8")
    for file, address in (
        ("harbourcourier.rss", "https://www.harbourcourier.example"),
        ("miradordelnorte.atom", "https://www.miradordelnorte.example"),
    ):
        content = (seeds / "feeds" / file).read_text("utf-8")
        for path in re.findall(rf'{re.escape(address)}(/[^"<\s]+)', content):
            name = path.rstrip("/").rpartition("/")[2].removesuffix(".html")
            for page in (seeds / "articles").glob(f"*{name}*.html"):
                site.documents[path] = page.read_text("utf-8")
        site.documents[f"/{file}"] = content.replace(address, site.base)
        opml = re.sub(rf"{re.escape(address)}/feed\.(rss|atom)", f"{site.base}/{file}", opml)
    site.documents["/feeds.opml"] = opml
