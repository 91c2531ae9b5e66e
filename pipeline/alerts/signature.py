"""How webhooks are signed: the headers of the Standard Webhooks specification (standardwebhooks.com), version 1. Pure.

HMAC-SHA256 over `id.timestamp.body` with the secret that both sides know, in base64. `whsec_` before a secret says that
it is base64 itself, as libraries of that specification write it; any other text stands for its UTF-8 bytes.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
_ENCODED: Final = "whsec_"


def sign(secret: str, alert_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a request whose body is `body`, signed at `now`."""
    timestamp = str(int(now.timestamp()))
    return {ID: alert_id, TIMESTAMP: timestamp, SIGNATURE: f"v1,{_digest(secret, alert_id, timestamp, body)}"}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime, tolerance_s: float = 300.0) -> bool:
    """Whether the body is what the owner of the secret sent, at most `tolerance_s` ago.

    `headers` by lower-case name. For receivers written in Python, and for our tests.
    """
    alert_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp[:12])) > tolerance_s:
        return False
    wanted = f"v1,{_digest(secret, alert_id, timestamp, body)}"
    return any(hmac.compare_digest(one.encode(), wanted.encode()) for one in headers.get(SIGNATURE, "").split(" "))


def _digest(secret: str, alert_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((alert_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.new(_key(secret), signed, sha256).digest()).decode()


def _key(secret: str) -> bytes:
    if secret.startswith(_ENCODED):
        try:
            return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
        except binascii.Error:
            pass  # not one of theirs after all
    return secret.encode()
