"""newspaper4k over saved pages, by the interface that its documentation gives for them. Usage: INPUT OUTPUT.

INPUT is a folder as `page_set.write_page_set` makes it, OUTPUT a file of JSON lines. Runs in the peer's environment.
"""

import json
import sys
from pathlib import Path

import newspaper


def main(folder: Path, output: Path) -> None:
    """Write one line a page; what a page raises stands in its line."""
    addresses = json.loads((folder / "addresses.json").read_text("utf-8"))
    with output.open("w", encoding="utf-8") as lines:
        for page, address in addresses.items():
            lines.write(json.dumps({"page": page, **_read(folder / "pages" / f"{page}.html", address)}) + "\n")


def _read(path: Path, address: str) -> dict[str, object]:
    try:
        article = newspaper.article(address, input_html=path.read_text("utf-8"), fetch_images=False)
    except Exception as error:  # noqa: BLE001 - what one page raises is a result, not the end
        return {"error": repr(error)}
    return {
        "title": article.title,
        "day": article.publish_date.date().isoformat() if article.publish_date else None,
        "authors": article.authors,
        "text": article.text,
        "publisher": article.meta_site_name,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
