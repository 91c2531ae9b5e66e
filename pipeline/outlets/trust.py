"""How far each list is trusted: what a person says on the command line → a number for each list. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from pipeline.sources.merge import BY_HAND, FEEDS, HAND_TRUST, TEXTS, USUAL_TRUST
from schemas.errors import ConfigurationError


def parse_trust(written: Sequence[str]) -> dict[str | None, int]:
    """Return the trust of each named list; under None, that of all others.

    >>> parse_trust(["60", "local-press=70"])
    {None: 60, 'local-press': 70}

    Raises:
        ConfigurationError: one is no number from 1 to 999.
    """
    found: dict[str | None, int] = {}
    for one in written:
        name, separator, number = one.rpartition("=")
        if not (number.isascii() and number.isdigit() and 0 < int(number) < HAND_TRUST) or (separator and not name):
            msg = f"--trust {one}: give a number from 1 to {HAND_TRUST - 1}, or LIST=NUMBER"
            raise ConfigurationError(msg)
        found[name if separator else None] = int(number)
    return found


def trust_lists(names: Iterable[str], wished: Mapping[str | None, int], before: Mapping[str, int]) -> dict[str, int]:
    """Return the trust of each list that is imported: as wished by name, as wished for all, as before, or the usual.

    Raises:
        ConfigurationError: a wish names none of these lists, or a list bears a name that is kept for others.
    """
    chosen = {name: wished.get(name) or wished.get(None) or before.get(name) or USUAL_TRUST for name in names}
    kept = [name for name in chosen if name in {FEEDS, TEXTS, BY_HAND}]
    if kept:
        msg = f"a list cannot be called {kept[0]!r}, which stands for other evidence; name it with --list"
        raise ConfigurationError(msg)
    unknown = [name for name in wished if name is not None and name not in chosen]
    if unknown:
        msg = f"--trust {unknown[0]}=…: the files have no such list; they have {', '.join(chosen) or 'none'}"
        raise ConfigurationError(msg)
    return chosen
