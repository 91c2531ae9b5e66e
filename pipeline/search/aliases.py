"""Names of outlets as people abbreviate them → the registry's own. Pure: the registry lends a look-up.

`origin:AFP` is read as AFP or agence-france-presse, so that it finds what is filed under the full name. The expression
is widened after parsing: the reading that people see stays what they typed.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from schemas.query import And, Expression, FieldTerm, Not, Or


class Known(NamedTuple):
    """An outlet that the registry knows."""

    id: str
    name: str


FindOutlet = Callable[[str], Known | None]
"""A name or abbreviation → who bears it."""

_BY_ID: Final = frozenset({"source", "origin"})
_BY_NAME: Final = frozenset({"cites"})


def expand_aliases(expression: Expression, find_outlet: FindOutlet) -> Expression:
    """Return the expression with each outlet also looked for under the registry's id or name.

    >>> afp = Known("agence-france-presse", "Agence France-Presse")
    >>> expand_aliases(FieldTerm("cites", ("cited_outlets",), "AFP"), lambda _: afp).parts[1].value
    'Agence France-Presse'
    """
    match expression:
        case And(parts):
            return And(tuple(expand_aliases(part, find_outlet) for part in parts))
        case Or(parts):
            return Or(tuple(expand_aliases(part, find_outlet) for part in parts))
        case Not(part):
            return Not(expand_aliases(part, find_outlet))
        case FieldTerm(name, _, value, False) if name in _BY_ID | _BY_NAME:
            known = find_outlet(value)
            other = value if known is None else known.id if name in _BY_ID else known.name
            return expression if other == value else Or((expression, replace(expression, value=other)))
        case _:
            return expression
