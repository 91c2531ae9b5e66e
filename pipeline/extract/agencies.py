"""Names of news agencies, as far as reading an article's own markup needs them: in datelines, sign-offs and bylines.

Name → whether it is an agency's, a desk's or an outlet's. Who they are is the registry's business. Pure but for reading
its one table; imports nothing of ours.
"""

import re
import tomllib
from importlib.resources import files
from typing import Final

_TABLE: Final = tomllib.loads(files("pipeline.extract").joinpath("agencies.toml").read_text(encoding="utf-8"))
_NAMES: Final = frozenset(name.casefold() for name in (*_TABLE["marks"], *_TABLE["names"]))
_DESK: Final = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, _TABLE['desk_words']))}|\w+\.(?:com|org|net|de|fr|es))\b", re.IGNORECASE
)
_JOINT: Final = re.compile(r"\s*[/&+,]\s*|\s(?:and|und|et|y|with|mit)\s")


def is_agency(name: str) -> bool:
    """Whether this is exactly an agency's mark or name, or several joined ("ats/afp", "dpa / lno").

    >>> is_agency("Associated Press"), is_agency("ats / afp"), is_agency("Ansa Mustermann")
    (True, True, False)
    """
    folded = name.strip(" .,()[]").casefold()
    if folded in _NAMES:
        return True
    parts = _JOINT.split(folded)
    return len(parts) > 1 and all(part in _NAMES for part in parts)


def names_an_outlet(name: str) -> bool:
    """Whether the words of a name are those of a desk or an outlet rather than of a person.

    >>> names_an_outlet("Courier Staff"), names_an_outlet("Isobel Trant")
    (True, False)
    """
    return _DESK.search(name) is not None
