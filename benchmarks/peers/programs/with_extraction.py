"""newswire's extraction alone, without log, index and any other step. Usage: INPUT OUTPUT.

INPUT is a folder as `page_set.write_page_set` makes it, OUTPUT a file of JSON lines.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline.evaluate.extraction import body_text
from pipeline.extract.article import extract_article
from schemas.article import RawArticle, SourceClaim
from schemas.errors import Rejected


def main(folder: Path, output: Path) -> None:
    """Write one line a page; why a page is refused stands in its line."""
    addresses = json.loads((folder / "addresses.json").read_text("utf-8"))
    with output.open("w", encoding="utf-8") as lines:
        for page, address in addresses.items():
            lines.write(json.dumps({"page": page, **_read(folder / "pages" / f"{page}.html", address)}) + "\n")


def _read(path: Path, address: str) -> dict[str, object]:
    raw = RawArticle(
        article_id="0" * 32,
        version=1,
        fetched_at=datetime.now(UTC),
        url=address,
        source=SourceClaim(domain=address.split("/")[2].removeprefix("www.")),
        channel="http",
        content=path.read_text("utf-8"),
        content_type="html",
    )
    try:
        article = extract_article(raw)
    except Rejected as refusal:
        return {"error": str(refusal)}
    return {
        "title": article.title,
        "day": article.published.at.date().isoformat() if article.published.at else None,
        "authors": article.authors,
        "text": body_text(article),
        "publisher": article.site_name,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
