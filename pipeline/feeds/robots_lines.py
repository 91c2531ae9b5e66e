"""Lines of robots.txt put in order for Protego: slips mended, groups merged as RFC 9309 says, amounts bounded. Pure.

Section 2.2.4: other records must not end a group. So crawl-delay and its like are taken out of the groups and given to
the same crawlers again at the end; what nobody knows is left out.
"""

import re
from collections.abc import Iterable
from typing import Final

MAX_LINE_CHARS: Final = 2000
MAX_RULES: Final = 20_000
_MAX_REPEATED: Final = 20_000
# Slips of the pen that Protego does not know; crawlers of search engines understand them all.
_MISSPELT = re.compile(
    r"\s{0,20}(?:(desallow|disallows|disaloow|dis-allow|dissallows)|(useg-agent|ser-agent|usr-agent|user_agent|users-agent"
    r"|user-agents|user--agent|uesr-agent))(?=\s{0,20}:)",
    re.IGNORECASE,
)
_AGENT = re.compile(r"\s{0,20}user[- ]?agent\b", re.IGNORECASE)
_RULE = re.compile(r"\s{0,20}(?:allow|disal|dissal|diasl)", re.IGNORECASE)
_OF_SITE = re.compile(r"\s{0,20}(?:site-?maps?|host)\b", re.IGNORECASE)
_OF_GROUP = re.compile(r"\s{0,20}(?:crawl[- ]delay|request[- ]rate|visit[- ]time)\b", re.IGNORECASE)
_STARS = re.compile(r"\*{2,}")


def order_lines(lines: Iterable[str]) -> list[str]:
    """Return the lines that matter: groups of crawlers with their rules first, then everything else.

    Runs of `*` become one, which means the same; rules above 20,000 are left out.
    """
    kept: list[str] = []
    later: list[str] = []
    agents: list[str] = []
    rules = 0
    has_rule = False
    for written in lines:
        line = _mend(written[:MAX_LINE_CHARS])
        if _AGENT.match(line):
            agents = [line] if has_rule else [*agents[:999], line]
            has_rule = False
            kept.append(line)
        elif _RULE.match(line):
            has_rule = True
            rules += 1
            if rules <= MAX_RULES:
                kept.append(_STARS.sub("*", line))
        elif _OF_SITE.match(line):
            later.append(line)
        elif _OF_GROUP.match(line) and len(later) < _MAX_REPEATED:
            # An empty rule ends the group before, so that these crawlers do not join it.
            later += ["Allow:", *agents, line]
    return [*kept, *later]


def _mend(line: str) -> str:
    slip = _MISSPELT.match(line)
    if slip is None:
        return line
    return ("Disallow" if slip[1] else "User-agent") + line[slip.end() :]
