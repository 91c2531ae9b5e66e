"""What every scorer returns. Imports nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of one task on one file, with a baseline of the same names measured in the same run.

    `records` is how many gold records were scored; figures are 0 to 1 unless their name says another unit.
    """

    task: str
    records: int
    figures: dict[str, float]
    baseline: dict[str, float]
