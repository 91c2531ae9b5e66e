"""The persons of an article: mentions labelled PERSON → groups, one per person; pure.

Full names come first: those that fit together are one person. A bare surname goes to the person who carries it; when
several do, to the one whom the paragraph has just named in full, else to the one whom the article named first, as
newspapers write. A bare given name goes to the only person who has it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.enrich.found import Found
from pipeline.enrich.person_name import PersonName, may_be_one_person, parse_person_name
from pipeline.enrich.span_repair import trim_title


@dataclass(slots=True, eq=False)
class _Person:
    names: list[PersonName]
    mentions: list[int] = field(default_factory=list)

    def fits(self, name: PersonName) -> bool:
        return any(may_be_one_person(known, name) for known in self.names)


def group_people(text: str, mentions: Sequence[Found]) -> list[list[Found]]:
    """Return the mentions of each person, in text order; every mention in exactly one group."""
    names = [
        parse_person_name(text[trim_title(text, mention.start, mention.end) : mention.end]) for mention in mentions
    ]
    people = _people_with_full_names(names)
    by_surname, by_given_name = _index(people)
    strangers: defaultdict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        if name.is_full:
            continue
        candidates = by_surname.get(name.words[0]) or by_given_name.get(name.words[0]) or []
        person = _owner(number, mentions, candidates)
        if person is None:
            strangers[name.words[0]].append(number)
        else:
            person.mentions.append(number)
    groups = [sorted(person.mentions) for person in people] + list(strangers.values())
    return [[mentions[number] for number in group] for group in groups if group]


def best_person_name(text: str, mentions: Sequence[Found]) -> tuple[str, str]:
    """Return the name to show and the key for the id: the fullest common form, as written first.

    A form with several words goes before a bare surname, a frequent one before a rare one.
    """
    written = [text[mention.start : mention.end] for mention in mentions]
    counts = Counter(parse_person_name(name).key for name in written)
    best = max(written, key=lambda name: _rank(parse_person_name(name), counts))
    key = parse_person_name(best).key
    shortest = min((name for name in written if parse_person_name(name).key == key), key=len)
    return _without_shouting(shortest), key


def _rank(name: PersonName, counts: Counter[str]) -> tuple[bool, bool, int]:
    initials = len(name.words[0]) == 1
    return name.is_full, not initials, counts[name.key]


def _without_shouting(name: str) -> str:
    plain = name.replace("[", "").replace("]", "")  # "[Ada] Holm", as an editor completes a name
    return plain.title() if plain.isupper() and len(plain) > 4 else plain


def _people_with_full_names(names: Sequence[PersonName]) -> list[_Person]:
    """Return one person per set of full names that fit, in order of first mention, the mentions filled in."""
    first_seen: dict[PersonName, list[int]] = {}
    for number, name in enumerate(names):
        if name.is_full:
            first_seen.setdefault(name, []).append(number)
    people: list[_Person] = []
    # Names of one person share their first or their last word, so only those are compared.
    by_word: defaultdict[str, list[_Person]] = defaultdict(list)
    # The longest names first: "Mohammed bin Salman" before "bin Salman", which fits other people too.
    for name in sorted(first_seen, key=lambda name: (-len(name.words), first_seen[name][0])):
        ends = (name.words[-1], name.words[0])
        person = next((person for word in ends for person in by_word[word] if person.fits(name)), None)
        if person is None:
            person = _Person([])
            people.append(person)
        for word in ends:
            if person not in by_word[word]:
                by_word[word].append(person)
        person.names.append(name)
        person.mentions += first_seen[name]
    for person in people:
        person.mentions.sort()
    return sorted(people, key=lambda person: person.mentions[0])


def _index(people: Sequence[_Person]) -> tuple[dict[str, list[_Person]], dict[str, list[_Person]]]:
    """Return the people by surname and by given name, each in order of first mention."""
    by_surname: defaultdict[str, list[_Person]] = defaultdict(list)
    by_given_name: defaultdict[str, list[_Person]] = defaultdict(list)
    for person in people:
        for surname in {name.words[-1] for name in person.names}:
            by_surname[surname].append(person)
        for given_name in {name.words[0] for name in person.names}:
            by_given_name[given_name].append(person)
    return by_surname, by_given_name


def _owner(number: int, mentions: Sequence[Found], candidates: Sequence[_Person]) -> _Person | None:
    """Return which of the candidates the bare name at `number` stands for, None without candidates."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    paragraph = mentions[number].paragraph
    just_named = [
        (other, person)
        for person in candidates
        for other in person.mentions
        if other < number and mentions[other].paragraph == paragraph
    ]
    return max(just_named, key=lambda pair: pair[0])[1] if just_named else candidates[0]
