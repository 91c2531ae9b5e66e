"""What a page says about its article in structured data: one record per signal. Data only; imports nothing of ours."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody named as author; `is_organisation` when the page says so."""

    value: str
    is_organisation: bool = False


@dataclass(slots=True)
class Claims:
    """The statements of one signal (JSON-LD, meta tags, microdata), all as written, empty where it says nothing.

    `sources` are names or URLs of who made the article first, each with the kind of hint it is.
    """

    is_article: bool = False
    kinds: tuple[str, ...] = ()
    titles: list[str] = field(default_factory=list)
    description: str = ""
    published: list[str] = field(default_factory=list)
    modified: list[str] = field(default_factory=list)
    authors: list[Name] = field(default_factory=list)
    section: str = ""
    keywords: list[str] = field(default_factory=list)
    language: str = ""
    rights: str = ""
    images: list[str] = field(default_factory=list)
    site_name: str = ""
    canonical: list[str] = field(default_factory=list)
    is_free: bool | None = None
    body: str = ""
    sources: list[tuple[str, str]] = field(default_factory=list)
