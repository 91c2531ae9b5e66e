"""One target under the fuzzer: `python -m tests.fuzz.one TARGET [libFuzzer options] CORPUS`; started by `make fuzz`."""

import sys
import warnings
from typing import Final

MODULES: Final = {
    "codec": ("schemas",),
    "feed": ("pipeline.feeds", "pipeline.sources", "schemas"),
    "sitemap": ("pipeline.feeds", "pipeline.sources"),
    "opml": ("pipeline.feeds", "pipeline.sources"),
    "page": ("pipeline.extract",),
    "text": ("pipeline.extract",),
    "query": ("pipeline.search", "pipeline.index"),
    "url": ("pipeline.sources",),
    "headers": ("pipeline.log",),
    "dead-letter": ("pipeline.delivery", "pipeline.log", "schemas"),
}
"""Target → packages whose branches guide the fuzzer; each one followed costs time."""


def main() -> None:
    """Run until the options end it; the process ends here."""
    import atheris  # which only `make fuzz` installs

    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=list(MODULES[name])):
        from tests.fuzz.targets import TARGETS

    warnings.simplefilter("ignore")  # documents that are broken on purpose
    atheris.Setup([sys.argv[0], *options], TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
