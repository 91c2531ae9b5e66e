"""Documents of a page → hits with highlights, the same for all indexes. Pure but for the analysis an engine lends."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pipeline.index.validation import parse_date
from pipeline.search.highlight import Analyze, Matcher, Wanted, find_leaves, find_wanted, mark_fragments, mark_whole
from schemas.fields import NEUTRAL, text_language
from schemas.query import Expression, Hit

AnalyzeWords = Callable[[str, Sequence[str]], Sequence[str]]
"""Language code (or the neutral one) and words → their indexed forms."""
_TEXTS: Final = ("title", "summary", "body")


class Highlighter:
    """Marks what one query found, in titles, summaries and bodies of any language."""

    def __init__(self, expression: Expression, analyze: AnalyzeWords) -> None:
        self._expression = expression
        self._analyze = analyze
        self._matchers: dict[tuple[str, str | None], Matcher] = {}
        self._is_everywhere = all(leaf.field is None for leaf in find_leaves(expression))

    def highlight(self, documents: Sequence[Mapping[str, Any]]) -> list[dict[str, tuple[str, ...]]]:
        """Return for each document the fragments of each text field in which something was found."""
        texts: defaultdict[Matcher, list[tuple[dict[str, tuple[str, ...]], str, str]]] = defaultdict(list)
        found: list[dict[str, tuple[str, ...]]] = []
        for fields in documents:
            language = text_language(fields.get("language"))
            found.append({})
            for name in _TEXTS:
                if text := fields.get(name):
                    texts[self._matcher(name, language)].append((found[-1], name, text))
        for matcher, theirs in texts.items():
            for (marked, name, text), spans in zip(theirs, matcher.find_all([each[2] for each in theirs]), strict=True):
                if spans:
                    marked[name] = (mark_whole(text, spans),) if name == "title" else mark_fragments(text, spans)
        return found

    def _matcher(self, name: str, language: str | None) -> Matcher:
        matcher = self._matchers.get((name, language))
        if matcher is None:
            matcher = self._matchers[name, language] = self._build_matcher(name, language)
        return matcher

    def _build_matcher(self, name: str, language: str | None) -> Matcher:
        """Return a matcher; fields in which the same is wanted share one, and what it has learnt of words."""
        if self._is_everywhere and (known := self._known(language)) is not None:
            return known
        fold, stem = self._analysis(NEUTRAL), None if language is None else self._analysis(language)
        wanted = find_wanted(self._expression, name, fold, stem)
        return self._known(language, wanted) or Matcher(wanted, fold, stem)

    def _known(self, language: str | None, wanted: Wanted | None = None) -> Matcher | None:
        """Return a matcher of the language, one for what is `wanted` if that is said."""
        theirs = (each for (_, code), each in self._matchers.items() if code == language)
        return next((each for each in theirs if wanted is None or each.wanted == wanted), None)

    def _analysis(self, code: str) -> Analyze:
        return lambda words: self._analyze(code, words)


def build_hit(
    fields: Mapping[str, Any],
    *,
    score: float | None,
    story_size: int | None,
    highlights: Mapping[str, tuple[str, ...]],
) -> Hit:
    """Return the hit for a document's fields (all owners')."""
    published = fields.get("published_at")
    return Hit(
        article_id=fields["article_id"],
        title=fields.get("title", ""),
        url=fields.get("url") or fields.get("canonical_url"),
        source=fields.get("source.name") or fields.get("source.domain"),
        source_id=fields.get("source.id"),
        source_domain=fields.get("source.domain"),
        origin=fields.get("origin.name"),
        published_at=None if published is None else parse_date(published),
        published_precision=fields.get("published_precision"),
        first_seen_at=parse_date(fields["first_seen_at"]),
        language=fields.get("language"),
        summary=fields.get("summary", ""),
        authors=tuple(fields.get("authors", ())),
        score=None if score is None else round(score, 4),
        highlights=dict(highlights),
        story_id=fields.get("story_id"),
        story_size=story_size,
        copy_of=fields.get("copy_of"),
        is_copy=fields.get("is_copy", False),
    )
