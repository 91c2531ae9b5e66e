"""Canonical URLs and article ids: two addresses of one page become one id.

URL as written → canonical URL, host, domain, article id. The rules are our own and not a library's, because ids are
made from them: an upgrade elsewhere must never rename every article. Hostile input gives None, never an error.
Imports only `pipeline.sources.domains`.
"""

import hashlib
import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit, urlunsplit

import idna

from pipeline.sources.domains import registered_domain
from pipeline.sources.tracking import is_tracking, unwrap_amp_cache

MAX_URL_CHARS: Final = 4096  # longer ones are data: URIs in disguise, or attacks
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]+")
_ASCII_LABEL = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}")
# "It ends in a number" (URL Standard, 3.5): then the host is an IPv4 address, or nothing.
_NUMBER_AT_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.DOTALL)
_JSESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
# What is left must be no "." or "..", which would name another page.
_AMP_TAIL = re.compile(r"(?<=[^/])(?<!/\.)(?<!/\.\.)(?:/amp|\.amp)(?=(?:\.html)?$)", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_UNRESERVED: Final = "-._~"
_PATH_SAFE: Final = _UNRESERVED + "!$&'()*+,;=:@/"
_QUERY_SAFE: Final = _UNRESERVED + "!$'()*,;:@/?"


def canonical_url(url: str | None) -> str | None:
    """Return the one spelling of a web address, or None when it is no absolute http or https URL.

    Scheme and host become lower case, IDN hosts ASCII; credentials, default ports, fragments (but `#!` routes),
    session ids, tracking parameters, trailing slashes and AMP forms go; other parameters are sorted by name, repeated
    ones keep their order. Idempotent. `http` and `https` stay apart, as do `www.` and the bare host: only the site
    knows whether they are the same.

    >>> canonical_url("HTTPS://Harbour-Post.example:443/a/../ferry/?utm_source=x&id=7#top")
    'https://harbour-post.example/ferry?id=7'
    """
    parts = _split(url)
    if parts is None:
        return None
    host = _host_of(parts)
    if host is None:
        return None
    try:
        port = parts.port
    except ValueError:
        return None
    path = _canonical_path(parts.path)
    unwrapped = unwrap_amp_cache(host, path, parts.query)
    if unwrapped is not None:
        return canonical_url(unwrapped)
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = _canonical_query(parts.query)
    fragment = _quote(parts.fragment, _QUERY_SAFE) if parts.fragment.startswith("!") else ""
    result = urlunsplit(SplitResult(parts.scheme, host, path, query, fragment))
    return result if len(result) <= MAX_URL_CHARS else None


def host_of(url: str | None) -> str | None:
    """Return the lower-case ASCII host of a URL, or of a bare host such as `www.example.com`; None if there is none."""
    if not url:
        return None
    parts = _split(url)
    if parts is None and not _OTHER_SCHEME.match(url):
        parts = _split("http://" + url.strip().lstrip("/"))
    return _host_of(parts) if parts is not None else None


def domain_of(url: str | None) -> str | None:
    """Return the registered domain of a URL or bare host, or None.

    >>> domain_of("https://www.bbc.co.uk/news"), domain_of("www.harbour-post.example"), domain_of("mailto:a@b.example")
    ('bbc.co.uk', 'harbour-post.example', None)
    """
    host = host_of(url)
    return registered_domain(host) if host else None


def article_id(
    canonical: str | None = None, source: str | None = None, guid: str | None = None, content: str = ""
) -> str:
    """Return the id of an article: 32 hex characters of SHA-256 (DESIGN.md section 4).

    Over the canonical URL; without one, over source and guid; without a guid, over the content.
    """
    if canonical:
        material = canonical
    elif guid:
        # The unit separator cannot be part of a URL, so the three ways can never meet.
        material = f"guid\x1f{(source or '').casefold().strip()}\x1f{guid.strip()}"
    else:
        material = f"content\x1f{content}"
    return hashlib.sha256(material.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _split(url: str | None) -> SplitResult | None:
    if not url or len(url) > MAX_URL_CHARS:
        return None
    try:
        parts = urlsplit(_CONTROL.sub("", url))
    except ValueError:
        return None
    # Browsers read a backslash as a slash, other programs as part of the name: nobody can say whose address that is.
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc or "\\" in parts.netloc:
        return None
    return parts


def _host_of(parts: SplitResult) -> str | None:
    try:
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if not host or len(host) > 253:
        return None
    if ":" in host:
        return _ipv6(host)
    host = host.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    if _NUMBER_AT_END.fullmatch(host):
        return _ipv4(host)
    return host if _is_ascii_host(host) else None


def _is_ascii_host(host: str) -> bool:
    return all(_ASCII_LABEL.fullmatch(label) for label in host.split("."))


def _ipv4(host: str) -> str | None:
    """Return the address if it is written as four decimal numbers: other spellings only serve to disguise one."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        return None


def _ipv6(host: str) -> str | None:
    try:
        return f"[{ipaddress.IPv6Address(host)}]"
    except ValueError:
        return None


def _quote(text: str, safe: str) -> str:
    """Percent-encode in one spelling: unreserved characters bare, all others in upper-case hex of their UTF-8."""
    raw = unquote_to_bytes(text.encode("utf-8", "replace"))
    return quote(raw, safe=safe)


def _canonical_path(path: str) -> str:
    path = _JSESSION.sub("", path)
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        # Encoded segment by segment, so that an encoded slash stays part of its segment.
        spelled = _quote(segment, _PATH_SAFE.replace("/", ""))
        if spelled == "..":
            del kept[-1:]
        elif spelled != ".":
            kept.append(spelled)
    return _trim_path("/" + "/".join(kept))


def _trim_path(path: str) -> str:
    while True:
        trimmed = _AMP_TAIL.sub("", path.rstrip("/"))
        if trimmed == path:
            return path or "/"
        path = trimmed


def _canonical_query(query: str) -> str:
    kept: list[tuple[str, str]] = []
    for pair in query.split("&"):
        name, separator, value = pair.partition("=")
        name = _quote(name, _QUERY_SAFE)
        if name and not is_tracking(name):
            kept.append((name, f"{name}{separator}{_quote(value, _QUERY_SAFE + '=')}"))
    kept.sort(key=lambda item: item[0])
    return "&".join(text for _, text in kept)
