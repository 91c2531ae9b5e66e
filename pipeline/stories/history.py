"""The history of an article: each version with what it changed. Pure; from what an index has kept.

Versions, the earliest first → the same as records for people and for JSON. A version that changed nothing that can be
read is left out.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from pipeline.index.base import StoredArticle
from pipeline.index.revisions import texts_of
from pipeline.index.validation import parse_date
from pipeline.stories.changes import Change, compare_texts, describe_change
from pipeline.stories.wording import Piece, compare_words
from schemas.base import Record, UtcDatetime

MAX_SHOWN_CHARS: Final = 400
"""Of a paragraph that is new or gone; the JSON has it whole."""


class TextChange(Record):
    """A title or paragraph that is new, gone or reworded; `before` or `after` is None where there is none.

    `wording` shows a reworded one word by word, and is empty otherwise.
    """

    before: str | None
    after: str | None
    wording: tuple[Piece, ...] = ()


class ArticleVersion(Record):
    """One version. `kind` says what it did to the one before; `notice` is its own word on that, if it has one."""

    version: int
    fetched_at: UtcDatetime
    kind: Literal["first", "updated", "corrected", "withdrawn"]
    title: str
    notice: str | None = None
    title_change: TextChange | None = None
    paragraphs: tuple[TextChange, ...] = ()


def build_history(earlier: Sequence[StoredArticle], present: StoredArticle) -> tuple[ArticleVersion, ...]:
    """Return all versions with what each changed, the earliest first; a single one when nothing ever changed."""
    versions = [*(each for each in earlier if each.version < present.version), present]
    history = [_entry(versions[0])]
    before = versions[0]
    for version in versions[1:]:
        changes = compare_texts(*texts_of(before.fields), *texts_of(version.fields))
        if changes.is_empty:
            continue
        entry = _entry(version)
        told = {
            "kind": changes.kind,
            "notice": changes.notice,
            "title_change": changes.title and _changed(changes.title),
            "paragraphs": tuple(_changed(change) for change in changes.paragraphs),
        }
        history.append(entry.model_copy(update=told))
        before = version
    return tuple(history)


def describe_version(version: ArticleVersion) -> Iterator[str]:
    """Yield lines: when and what kind, then `-` for what is gone, `+` for what is new, `~` for what is reworded."""
    yield f"{version.fetched_at:%Y-%m-%d %H:%M} UTC  {version.kind}  (version {version.version})"
    if version.title_change is not None:
        yield f"  title {describe_change(version.title_change.before, version.title_change.after, MAX_SHOWN_CHARS)}"
    for change in version.paragraphs:
        yield f"  {describe_change(change.before, change.after, MAX_SHOWN_CHARS)}"


def _entry(version: StoredArticle) -> ArticleVersion:
    return ArticleVersion(
        version=version.version,
        fetched_at=parse_date(str(version.fields["fetched_at"])),
        kind="first",
        title=str(version.fields.get("title", "")),
    )


def _changed(change: Change) -> TextChange:
    if change.before is None or change.after is None:
        return TextChange(before=change.before, after=change.after)
    return TextChange(before=change.before, after=change.after, wording=compare_words(change.before, change.after))
