"""What a publisher says about machine reading and training: robots.txt, headers, page, feed → one record. Pure.

Recorded, not judged: whether training or mining may use a text is decided by who uses it. Sources: robots.txt rules
for the crawlers of AI companies, `Content-Signal` (contentsignals.org) and `Content-Usage` (IETF AI Preferences),
`noai` of robots meta tags and `X-Robots-Tag`, and the TDM Reservation Protocol (W3C community group, headers, meta
tags and /.well-known/tdmrep.json).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.feeds.json_text import objects_in, parse_json
from pipeline.feeds.limits import unpack
from schemas.errors import Rejected

TRAINING_AGENTS: Final = (
    "GPTBot", "CCBot", "ClaudeBot", "anthropic-ai", "Google-Extended", "Applebot-Extended", "Bytespider",
    "Meta-ExternalAgent", "FacebookBot", "Amazonbot", "cohere-ai", "cohere-training-data-crawler", "Diffbot",
    "AI2Bot", "omgili", "PanguBot", "Timpibot", "img2dataset",
)  # fmt: skip
"""Product tokens of crawlers that gather training texts, by their operators' own documentation."""
MAX_TDMREP_BYTES: Final = 256 * 1024
_NO_AI = re.compile(r"(?<![\w-])no-?(?:image)?ai(?![\w-])", re.IGNORECASE)
_NO_TRAINING = re.compile(r"(?:ai-train|train-ai|train-genai|bots)\s{0,5}=\s{0,5}(?:no?|\?0)(?![a-z])", re.IGNORECASE)
_META = re.compile(r"<meta\s[^<>]{1,600}>", re.IGNORECASE)
_NAME = re.compile(r"(?:name|property)\s{0,5}=\s{0,5}[\"']?\s{0,5}([a-z-]{1,40})", re.IGNORECASE)
_CONTENT = re.compile(r"content\s{0,5}=\s{0,5}(?:\"([^\"]{0,500})\"|'([^']{0,500})'|([^\s\"'>]{1,200}))", re.IGNORECASE)
_HEAD_CHARS: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class AiSignals:
    """Opt-outs that were found; each with the evidence, a short quotation.

    `no_training`: some signal asks not to train on it. `tdm_reserved`: the TDM Reservation Protocol's answer, None
    where it is silent; `tdm_policy` its address. `disallowed_agents`: AI crawlers that may read nothing.
    """

    no_training: bool = False
    tdm_reserved: bool | None = None
    tdm_policy: str | None = None
    disallowed_agents: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def signals_of_headers(headers: Mapping[str, str]) -> AiSignals:
    """Return what HTTP headers say (`tdm-reservation`, `tdm-policy`, `X-Robots-Tag`, `Content-Usage`)."""
    lowered = {name.lower(): value[:2000] for name, value in headers.items()}
    facts = [(name, lowered[name]) for name in ("x-robots-tag", "content-usage", "content-signal") if name in lowered]
    return _signals(facts, lowered.get("tdm-reservation"), lowered.get("tdm-policy"))


def signals_of_page(page: str) -> AiSignals:
    """Return what the meta tags of a page's head say."""
    metas: dict[str, str] = {}
    for tag in _META.findall(page[:_HEAD_CHARS]):
        name, content = _NAME.search(tag), _CONTENT.search(tag)
        if name and content:
            metas.setdefault(name[1].lower(), content[1] or content[2] or content[3] or "")
    facts = [(name, metas[name]) for name in ("robots", "googlebot", "bingbot", "content-usage") if name in metas]
    return _signals(facts, metas.get("tdm-reservation"), metas.get("tdm-policy"))


def signals_of_robots(lines: Iterable[str], disallowed_agents: tuple[str, ...]) -> AiSignals:
    """Return what robots.txt says: `Content-Signal` and `Content-Usage` lines, and the crawlers that are shut out."""
    facts = [("robots.txt", line) for line in lines]
    found = _signals(facts, None, None)
    named = tuple(f"robots.txt shuts out {agent}" for agent in disallowed_agents)
    return AiSignals(
        no_training=found.no_training or bool(disallowed_agents),
        disallowed_agents=disallowed_agents,
        evidence=(*named, *found.evidence),
    )


def signals_of_tdmrep(value: bytes, path: str = "/") -> AiSignals:
    """Return what /.well-known/tdmrep.json says of a path: the first of its rules that fits; broken files say nothing.

    A rule's `location` begins the path; `*` in it stands for anything, `$` at its end for the end.
    """
    try:
        rules = objects_in(parse_json(unpack(value, MAX_TDMREP_BYTES)))
    except Rejected:
        return AiSignals()
    for rule in rules[:1000]:
        location = rule.get("location")
        if isinstance(location, str) and _fits(location, path):
            policy = rule.get("tdm-policy")
            return _signals([], str(rule.get("tdm-reservation")), policy if isinstance(policy, str) else None)
    return AiSignals()


def combine(signals: Iterable[AiSignals]) -> AiSignals:
    """Return all signals as one: any opt-out holds; of the TDM answers the first counts."""
    found = list(signals)
    answered = next((one for one in found if one.tdm_reserved is not None), AiSignals())
    return AiSignals(
        no_training=any(one.no_training for one in found),
        tdm_reserved=answered.tdm_reserved,
        tdm_policy=answered.tdm_policy,
        disallowed_agents=tuple(dict.fromkeys(agent for one in found for agent in one.disallowed_agents)),
        evidence=tuple(dict.fromkeys(line for one in found for line in one.evidence)),
    )


def _signals(facts: Iterable[tuple[str, str]], reservation: str | None, policy: str | None) -> AiSignals:
    evidence = [f"{name}: {text[:120]}" for name, text in facts if _NO_AI.search(text) or _NO_TRAINING.search(text)]
    answer = (reservation or "").strip()
    reserved = answer == "1" if answer in {"0", "1"} else None
    if reserved:
        evidence.append("tdm-reservation: 1")
    return AiSignals(
        no_training=any(not line.startswith("tdm-reservation") for line in evidence),
        tdm_reserved=reserved,
        tdm_policy=policy.strip()[:2000] if policy and reserved else None,
        evidence=tuple(evidence),
    )


def _fits(location: str, path: str) -> bool:
    """Whether a rule's location covers the path; linear, whatever the pattern."""
    ends = location.endswith("$")
    first, *rest = location[:2000].removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    for part in rest:
        position = path.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return not ends or position == len(path) or (bool(rest) and path.endswith(rest[-1]))
