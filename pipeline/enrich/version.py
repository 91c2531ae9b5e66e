"""The version of enrichment's results: raise it when the same article would come out differently."""

from typing import Final

ENRICHMENT_VERSION: Final = 7
