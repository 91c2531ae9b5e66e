"""How far a replay has come, in a small file: it goes on there after an interruption.

The file is replaced as a whole after each confirmed batch, so a crash repeats at most one batch, which changes nothing.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from schemas.errors import ConfigurationError

_FORMAT = 1


@dataclass(slots=True)
class Position:
    """Partition → next offset and end. `since` and `until` as resolved at the start: "7d" must not move meanwhile."""

    next_offsets: dict[int, int]
    ends: dict[int, int]
    since: str | None = None
    until: str | None = None
    read: int = 0
    selected: int = 0
    unreadable: int = 0
    resumed: bool = False
    by_source: dict[str, int] = field(default_factory=dict)

    @property
    def remaining(self) -> int:
        """Messages not looked at yet."""
        return sum(max(0, end - self.next_offsets[partition]) for partition, end in self.ends.items())


class PositionFile:
    """The position of one selection; another selection has another file."""

    def __init__(self, folder: Path, asked: Mapping[str, object]) -> None:
        """`asked` is what was asked for, as typed, and of which log."""
        digest = sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:16]
        self.path = folder / f"{digest}.json"

    def load(self) -> Position | None:
        """Return where an interrupted replay stopped, None when there was none.

        Raises:
            ConfigurationError: the file is damaged.
        """
        try:
            content = json.loads(self.path.read_text("utf-8"))
            if content.pop("format") != _FORMAT:
                return None
            for name in ("next_offsets", "ends"):
                content[name] = {int(partition): int(offset) for partition, offset in content[name].items()}
            return Position(**content | {"resumed": True})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{self.path} cannot be read ({error}); --restart begins anew"
            raise ConfigurationError(msg) from error

    def save(self, position: Position) -> None:
        """Replace the file; durable on return."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, **asdict(position)}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def remove(self) -> None:
        """Forget it: the replay is complete, or begins anew."""
        self.path.unlink(missing_ok=True)
