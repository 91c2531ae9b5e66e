"""spaCy pipelines as recognizers: the only module that loads spaCy.

Only named entities are asked for, so everything else of the pipeline is left out: its named-entity recogniser carries
its own token vectors, and the shared `tok2vec` serves only the tagger and parser (measured: same entities without it,
1.5 times faster). A pipeline whose recogniser listens to the shared vectors keeps them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.enrich.recognizer import Mentions, RawMention, Recognizer, RecognizerByLanguage
from pipeline.enrich.rules_recognizer import RulesRecognizer
from schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from spacy.language import Language

UNUSED: Final = ("tagger", "parser", "morphologizer", "attribute_ruler", "lemmatizer", "trainable_lemmatizer", "senter")
SHARED_VECTORS: Final = "tok2vec"

MAX_WORD_CHARS: Final = 100
"""Longer is no word but an address, a picture or an attack: tokenizing takes the square of a word's length, 60 s for
100,000 opening brackets in one story."""

WITHOUT_BLANKS: Final = frozenset({"ja", "km", "lo", "my", "th", "zh"})
"""Languages that write no blanks between words; their pipelines have tokenizers of their own."""

_ENDLESS_WORD: Final = re.compile(rf"\S{{{MAX_WORD_CHARS},}}")

BATCH_PARAGRAPHS: Final = 256
"""Paragraphs that go through the network together; as fast as whole articles at this size (measured)."""


class SpacyRecognizer:
    """One installed spaCy pipeline. Not for several threads at once."""

    def __init__(self, pipeline: str) -> None:
        """Load the pipeline.

        Raises:
            ConfigurationError: it is not installed, or finds no named entities.
        """
        import spacy  # only where it is used: it takes 1 s to import, and most processes have no model

        try:
            self._nlp = spacy.load(pipeline, exclude=UNUSED, disable=[SHARED_VECTORS])
        except (OSError, ImportError, ValueError) as error:
            msg = f"the spaCy pipeline {pipeline!r} cannot be loaded (setting models): {error}"
            raise ConfigurationError(msg) from error
        if "ner" not in self._nlp.pipe_names:
            msg = f"the spaCy pipeline {pipeline!r} recognises no named entities (setting models)"
            raise ConfigurationError(msg)
        if SHARED_VECTORS in self._nlp.disabled and _listens(self._nlp):
            self._nlp.enable_pipe(SHARED_VECTORS)
        self._id = f"{pipeline} {self._nlp.meta.get('version', '?')}"

    def recognize(self, paragraphs: Sequence[str], language: str | None) -> list[Mentions]:  # noqa: ARG002 - one model
        """Return the mentions of each paragraph. Sorted by length inside, so that batches need no padding."""
        texts = [self._readable(paragraph) for paragraph in paragraphs]
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        found: list[Mentions] = [()] * len(paragraphs)
        # A memory zone frees the strings seen in this batch; without it the vocabulary grows for ever.
        with self._nlp.memory_zone():
            documents = self._nlp.pipe((texts[index] for index in order), batch_size=BATCH_PARAGRAPHS)
            for index, mentions in zip(order, _mentions(documents), strict=True):
                found[index] = mentions
        return found

    def _readable(self, paragraph: str) -> str:
        """Return the paragraph with endless words filled up, every other character in its place."""
        if self._nlp.lang in WITHOUT_BLANKS:
            return paragraph
        return _ENDLESS_WORD.sub(lambda word: "x" * len(word.group()), paragraph)

    def model_id(self, language: str | None) -> str:  # noqa: ARG002 - one model
        """Return the pipeline's name and version."""
        return self._id


def _mentions(documents: Iterator[Any]) -> Iterator[Mentions]:
    for document in documents:
        yield tuple(RawMention(span.start_char, span.end_char, str(span.label_)) for span in document.ents)


def _listens(nlp: "Language") -> bool:
    """Return whether the recogniser takes its vectors from the pipeline's shared component."""
    vectors = nlp.config["components"]["ner"].get("model", {}).get("tok2vec", {})
    return "Listener" in str(vectors.get("@architectures", ""))


def load_recognizer(pipelines: Mapping[str, str]) -> Recognizer:
    """Return one recogniser for all languages: the pipeline of each (code → pipeline), rules for the others.

    Raises:
        ConfigurationError: a pipeline cannot be loaded.
    """
    loaded = {pipeline: SpacyRecognizer(pipeline) for pipeline in sorted(set(pipelines.values()))}
    return RecognizerByLanguage({language: loaded[name] for language, name in pipelines.items()}, RulesRecognizer())


def describe_models(pipelines: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return what is installed per language, in words, and the pipelines that are missing; loads nothing."""
    described: dict[str, str] = {}
    missing: list[str] = []
    for language, pipeline in pipelines.items():
        version = _installed_version(pipeline)
        described[language] = f"{pipeline} {version}" if version else f"{pipeline} is not installed"
        if version is None:
            missing.append(pipeline)
    return described, missing


def _installed_version(pipeline: str) -> str | None:
    """Return the version of an installed package or of a folder with a pipeline, None when there is neither."""
    import spacy  # as above

    version = spacy.util.get_package_version(pipeline)
    if version is None and Path(pipeline, "meta.json").is_file():
        version = spacy.util.load_meta(Path(pipeline, "meta.json")).get("version", "unversioned")
    return version
