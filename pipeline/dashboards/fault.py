"""What is wrong with a dashboard, said so that it can be found: dashboard, panel, field, sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`panel` and `field` are empty when the fault is not in one."""

    board: str
    panel: str
    field: str
    sentence: str

    def __str__(self) -> str:
        where = f"{self.board}: panel {self.panel}: " if self.panel else f"{self.board}: "
        return where + (f"field {self.field} {self.sentence}" if self.field else self.sentence)
