"""Message headers as one value: a run of (name length, name, value length, value).

In: `Headers`. Out: bytes that give them back unchanged, in order, repeated names included. Pure; imports only
`schemas`.
"""

import struct
from typing import Final

from schemas.message import Headers

_LENGTH: Final = struct.Struct(">I")


def encode_headers(headers: Headers) -> bytes | None:
    """Return the stored form of `headers`, None for none.

    >>> decode_headers(encode_headers((("stage", b"enrich"), ("stage", b""))))
    (('stage', b'enrich'), ('stage', b''))
    """
    if not headers:
        return None
    parts = []
    for name, value in headers:
        encoded = name.encode("utf-8")
        parts += [_LENGTH.pack(len(encoded)), encoded, _LENGTH.pack(len(value)), value]
    return b"".join(parts)


def decode_headers(stored: bytes | None) -> Headers:
    """Return the headers of a stored form."""
    parts = []
    at = 0
    while stored and at < len(stored):
        (length,) = _LENGTH.unpack_from(stored, at)
        at += _LENGTH.size
        parts.append(stored[at : at + length])
        at += length
    return tuple((name.decode("utf-8"), value) for name, value in zip(parts[::2], parts[1::2], strict=True))
