"""What a person says of one source → a claim, on top of what was said by hand before. Pure."""

from collections.abc import Mapping

from pipeline.sources.claims import BadCell, read_claims
from pipeline.sources.merge import BY_HAND
from schemas.errors import ConfigurationError
from schemas.source import OutletClaim


def read_by_hand(domain: str, said: Mapping[str, str], before: OutletClaim | None) -> OutletClaim:
    """Return the claim; `said` has cells by their column, as a list would.

    Raises:
        ConfigurationError: one cannot be used: names it.
    """
    cells = {"domain": domain, **said}
    lines = (",".join(cells), ",".join('"' + value.replace('"', '""') + '"' for value in cells.values()))
    for found in read_claims(lines, BY_HAND, BY_HAND):
        if isinstance(found, BadCell):
            msg = f"{found.column}: {found.message}"
            raise ConfigurationError(msg)
        new = found.model_dump(exclude_defaults=True) | {"place": BY_HAND}
        return OutletClaim.model_validate((before.model_dump() if before else {}) | new)
    msg = f"{domain!r} is not a domain"
    raise ConfigurationError(msg)
