"""Which network addresses may be asked: those of the public internet, and no others.

Address → None, or the reason why it is refused. The tables are IANA's special-purpose registries for IPv4 and IPv6
(RFC 6890 and what followed it), and the addresses under which clouds hand out credentials. Pure.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from pipeline.fetch.refusals import Reason

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_REFUSED: Final[Sequence[tuple[Reason, Sequence[str]]]] = (
    (
        Reason.ADDRESS_METADATA,
        (
            "169.254.169.254/32",  # most clouds
            "169.254.170.2/32",  # task credentials of containers
            "169.254.170.23/32",
            "168.63.129.16/32",  # Azure's host, a public address
            "100.100.100.200/32",  # Alibaba
            "192.0.0.192/32",  # Oracle
            "fd00:ec2::/32",  # the same over IPv6
            "fd20:ce::254/128",
        ),
    ),
    (Reason.ADDRESS_UNSPECIFIED, ("0.0.0.0/8", "::/128")),
    (Reason.ADDRESS_LOOPBACK, ("127.0.0.0/8", "::1/128")),
    (Reason.ADDRESS_LINK_LOCAL, ("169.254.0.0/16", "fe80::/10")),
    (Reason.ADDRESS_PRIVATE, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10")),
    (Reason.ADDRESS_SHARED, ("100.64.0.0/10",)),  # carrier-grade NAT
    # Forms that carry an IPv4 address: mapped, compatible, translated, NAT64, 6to4, Teredo, and ISATAP's relatives.
    # Refused whole, whatever they carry: no publisher is only to be reached this way, and each is a way around a check.
    (
        Reason.ADDRESS_TRANSLATED,
        (
            "::ffff:0:0/96",
            "::/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2002::/16",
            "2001::/32",
            "192.88.99.0/24",
        ),
    ),
    (
        Reason.ADDRESS_DOCUMENTATION,
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    ),
    (Reason.ADDRESS_MULTICAST, ("224.0.0.0/4", "ff00::/8")),
    (
        Reason.ADDRESS_RESERVED,
        (
            "192.0.0.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "240.0.0.0/4",
            "100::/63",
            "2001::/23",
            "2620:4f:8000::/48",
            "5f00::/16",
        ),
    ),
)
_TABLE: Final[Sequence[tuple[Reason, Network]]] = tuple(
    (reason, ipaddress.ip_network(network)) for reason, networks in _REFUSED for network in networks
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")  # all that was ever given out


def refuse_address(address: str, *, allow_loopback: bool = False) -> Reason | None:
    """Return the reason why nothing may be asked at this address, None when it may be.

    `allow_loopback` lets 127.0.0.0/8 and ::1 through, and nothing else: not even in another spelling.

    >>> str(refuse_address("10.1.2.3")), str(refuse_address("::ffff:8.8.8.8")), refuse_address("8.8.8.8")
    ('address-private', 'address-translated', None)
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Reason.ADDRESS_NOT_CANONICAL
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id is not None:
        parsed = ipaddress.IPv6Address(int(parsed))  # "fe80::1%eth0" is judged without its interface
    for reason, network in _TABLE:
        if parsed.version == network.version and parsed in network:
            return None if allow_loopback and reason == Reason.ADDRESS_LOOPBACK else reason
    if isinstance(parsed, ipaddress.IPv6Address) and parsed not in _GLOBAL_V6:
        return Reason.ADDRESS_RESERVED
    return None
