"""Records read with less work: a record's type → a plain form with its fields, read in a quarter of the time.

The plain form is derived from the record, so that shapes are said once. It holds what the record would hold, accepts
nothing that the record refuses, and is no pydantic model: it can be looked at, but neither copied nor written. What it
refuses, as it does with values that `schemas.codec` would never write, is read as the record itself, which has the last
word and says what is wrong.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
from pydantic.fields import FieldInfo

from schemas.base import Record, UtcDatetime
from schemas.codec import decode

R = TypeVar("R", bound=Record)

_TIME: Final = Annotated[str, msgspec.Meta(pattern=r"(?a)\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\Z")]
"""As records write it. Other forms are theirs to read: msgspec rounds where they cut, and knows no end of the years."""
_TIMES: Final[dict[Any, Any]] = {UtcDatetime: _TIME, UtcDatetime | None: _TIME | None}
_KNOWN: Final = (Record, StrEnum, str, int, float, bool, NoneType)
_BOUNDS: Final = frozenset({"ge", "le", "pattern"})


class PlainReader(Generic[R]):
    """Reads records of one kind. Safe for threads."""

    def __init__(self, kind: type[R]) -> None:
        """Derive the plain form of `kind`.

        Raises:
            TypeError: a field is of a type, has a bound or is checked by code that has no plain form.
        """
        self._kind = kind
        self._decoder = msgspec.json.Decoder(_Plain().form_of(kind))

    def decode(self, value: bytes | None) -> R:
        """Return something to read with the fields of the record that `value` encodes; errors as `schemas.codec`."""
        try:
            return cast("R", self._decoder.decode(value or b""))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return decode(self._kind, value)


class _Plain:
    """Makes plain forms, one for each record."""

    def __init__(self) -> None:
        self._made: dict[type[Record], type[msgspec.Struct]] = {}

    def form_of(self, kind: type[Record]) -> type[msgspec.Struct]:
        """Return the record's plain form."""
        if kind not in self._made:
            own = kind.__pydantic_decorators__
            if own.field_validators or own.model_validators:
                msg = f"what {kind.__name__} checks by code of its own has no plain form"
                raise TypeError(msg)
            times = tuple(name for name, field in kind.model_fields.items() if _annotation(field) in _TIMES)
            self._made[kind] = msgspec.defstruct(
                kind.__name__,
                list(self._fields(kind)),
                namespace={"__post_init__": _read_times(times)} if times else {},
                kw_only=True,
                frozen=True,
                forbid_unknown_fields=True,
                gc=False,  # nothing in a record leads back to it
            )
        return self._made[kind]

    def _fields(self, kind: type[Record]) -> Iterator[tuple[str, Any] | tuple[str, Any, Any]]:
        for name, field in kind.model_fields.items():
            annotation = _annotation(field)
            form = _TIMES[annotation] if annotation in _TIMES else self._type(annotation)
            if field.is_required():
                yield name, form
            elif field.default_factory is not None:
                yield name, form, msgspec.field(default_factory=cast("Any", field.default_factory))
            else:
                yield name, form, field.default

    def _type(self, annotation: Any, bounds: Iterable[Any] = ()) -> Any:  # noqa: ANN401 - annotations have no type
        origin, parts = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._type(parts[0], _flat(parts[1:]))
        if origin is tuple and parts[1:] == (...,):
            return tuple[self._type(parts[0]), ...]  # type: ignore[misc] # made at run time
        if origin is dict:
            return dict[tuple(map(self._type, parts))]  # type: ignore[misc] # made at run time
        if origin in {Union, UnionType}:
            return Union[tuple(map(self._type, parts))]  # noqa: UP007 - made at run time
        if origin is not Literal and not (isinstance(annotation, type) and issubclass(annotation, _KNOWN)):
            msg = f"{annotation!r} has no plain form"
            raise TypeError(msg)
        form = self.form_of(annotation) if origin is None and issubclass(annotation, Record) else annotation
        return _bounded(form, bounds)


def _annotation(field: FieldInfo) -> Any:  # noqa: ANN401 - as above
    """Return what the record says of the field, whole: pydantic takes it apart."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _flat(bounds: Iterable[Any]) -> Iterator[Any]:
    for bound in bounds:
        yield from bound.metadata if isinstance(bound, FieldInfo) else (bound,)


def _bounded(form: Any, bounds: Iterable[Any]) -> Any:  # noqa: ANN401 - as above
    wanted: dict[str, Any] = {}
    for bound in bounds:
        wanted |= asdict(bound) if is_dataclass(bound) and not isinstance(bound, type) else vars(bound)
    if not wanted.keys() <= _BOUNDS:
        msg = f"{sorted(wanted)} of {form!r} have no plain form"
        raise TypeError(msg)
    if "pattern" in wanted:
        wanted["pattern"] = wanted["pattern"].removesuffix("$") + r"\Z"  # Python's $ lets a line end follow
    return Annotated[form, msgspec.Meta(**wanted)] if wanted else form


def _read_times(names: tuple[str, ...]) -> Any:  # noqa: ANN401 - a method, for a type made at run time
    def read(self: msgspec.Struct) -> None:
        for name in names:
            written = getattr(self, name)
            if written is not None:
                msgspec.structs.force_setattr(self, name, datetime.fromisoformat(written))

    return read
