"""Which blocks of a page are the article's body.

Blocks and the lines that trafilatura chose → the positions of body blocks, with the body's weight noted at each
element around them. Its gaps are filled and its strays dropped by where the blocks stand. Pure.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.extract.characters import letters_of, weight_of
from pipeline.extract.markup import Role
from pipeline.extract.outline import Block, Node

_NOT_BODY: Final = int(
    Role.PROMO | Role.RELATED | Role.CHROME | Role.COMMENTS | Role.COOKIES | Role.ADVERT | Role.HIDDEN | Role.TAGS
    | Role.ASIDE | Role.KICKER | Role.BYLINE | Role.CAPTION | Role.CREDIT | Role.FIGURE | Role.COPYRIGHT
)  # fmt: skip
MIN_PART_CHARS: Final = 25
"""A shorter text that occurs inside a chosen line may be chance."""
EDGE_CHARS: Final = 40
CONTAINER_SHARE: Final = 0.7
"""The body's container is the deepest element with this share of it: leads and last lines often stand apart."""
ROLE_SHARE: Final = 0.3
"""An element with more of the body than this is a container; its names say nothing about one block."""
MIN_PROSE_WEIGHT: Final = 60
MAX_LINK_SHARE: Final = 0.5
LINK_LINE_SHARE: Final = 0.8
SHAPE_DEPTH: Final = 5
MAX_BEFORE: Final = 2
"""A lead may stand apart; more lines of the same shape before the body are other stories."""
MAX_MISSED: Final = 12
"""So many lines that are not of the body's shape end it."""


def chain(node: Node | None) -> Iterator[Node]:
    """Yield the node and the elements around it, inside out."""
    while node is not None:
        yield node
        node = node.parent


def list_around(node: Node) -> Node | None:
    """Return the element in which the list stands that this item is of."""
    return node.parent.parent if node.parent is not None else None


class Body:
    """The body of one page: `positions` of its blocks, its `container`, and the roles that count for a block."""

    def __init__(self, blocks: Sequence[Block], lines: Sequence[str]) -> None:
        self._blocks = blocks
        self._keys = [letters_of(block.text) for block in blocks]
        chosen = self._match([letters_of(line) for line in lines])
        if self._is_link_list(chosen):
            chosen = set()
        chosen = self._continued(chosen or self._densest())
        self._weigh(chosen)
        self.container = self._find_container(chosen)
        self.positions = frozenset(self._with_gaps(self._without_strays(chosen)))

    def roles(self, block: Block) -> int:
        """Return the roles of a block: its own and those of the elements around it that are not containers."""
        limit = ROLE_SHARE * self.total
        roles = 0
        for node in chain(block.node):
            if node.weight <= limit:
                roles |= node.roles
        return roles

    def _match(self, lines: list[str]) -> set[int]:
        exact = Counter(lines)
        joined = "\n".join(lines)
        chosen: set[int] = set()
        for position, key in enumerate(self._keys):
            if not key:
                continue
            if exact[key] or (
                len(key) >= MIN_PART_CHARS
                and (key in joined or (key[:EDGE_CHARS] in joined and key[-EDGE_CHARS:] in joined))
            ):
                chosen.add(position)
        return chosen

    def _is_link_list(self, chosen: set[int]) -> bool:
        """Whether most of the choice is link text: trafilatura falls back to the whole page when it finds nothing."""
        chars = sum(len(self._blocks[position].text) for position in chosen)
        links = sum(self._blocks[position].link_chars for position in chosen)
        return links > MAX_LINK_SHARE * chars

    def _densest(self) -> set[int]:
        """Return the blocks under the element with most prose; the fallback where trafilatura has no opinion."""
        prose: Counter[Node] = Counter()
        for block in self._blocks:
            weight = weight_of(block.text)
            if weight >= MIN_PROSE_WEIGHT and block.link_share < MAX_LINK_SHARE and not self._bare_roles(block):
                for distance, node in enumerate(chain(block.node)):
                    if distance > 2:
                        break
                    prose[node] += weight // (distance + 1)
        if not prose:
            return set()
        best = max(prose, key=lambda node: (prose[node], node.depth))
        return {
            position
            for position, block in enumerate(self._blocks)
            if best in chain(block.node) and block.link_share < MAX_LINK_SHARE
        }

    @staticmethod
    def _bare_roles(block: Block) -> int:
        return block.node.roles & _NOT_BODY

    def _continued(self, chosen: set[int]) -> set[int]:
        """Add the prose right before the first and after the last chosen block in elements of the same shape.

        Pages with advertisements between their columns repeat the column; the first may be all that was chosen.
        """
        if not chosen:
            return chosen
        shapes = Counter(self._shape(self._blocks[p]) for p in chosen if len(self._keys[p]) >= MIN_PROSE_WEIGHT)
        after = self._same_shape(range(max(chosen) + 1, len(self._blocks)), {s for s, n in shapes.items() if n > 1})
        before = self._same_shape(range(min(chosen) - 1, -1, -1), set(shapes))
        return chosen | after | (before if len(before) <= MAX_BEFORE else set())

    def _same_shape(self, positions: range, shapes: set[tuple[str, ...]]) -> set[int]:
        found: set[int] = set()
        missed = 0
        for position in positions:
            block = self._blocks[position]
            if missed > MAX_MISSED or block.heading in {"h1", "h2"} or self._is_chrome(block):
                break
            is_prose = len(self._keys[position]) >= MIN_PROSE_WEIGHT and block.link_share < MAX_LINK_SHARE
            missed += 1
            if is_prose and self._shape(block) in shapes:
                found.add(position)
                missed = 0
        return found

    @staticmethod
    def _shape(block: Block) -> tuple[str, ...]:
        return tuple(node.tag for node, _ in zip(chain(block.node), range(SHAPE_DEPTH), strict=False))

    @staticmethod
    def _is_chrome(block: Block) -> bool:
        return any(node.roles & (Role.COMMENTS | Role.CHROME) and node.tag != "body" for node in chain(block.node))

    def _weigh(self, chosen: set[int]) -> None:
        self.total = 0
        for position in chosen:
            weight = len(self._keys[position])
            self.total += weight
            for node in chain(self._blocks[position].node):
                node.weight += weight

    def _find_container(self, chosen: set[int]) -> Node | None:
        best: Node | None = None
        for position in chosen:
            node = next(n for n in chain(self._blocks[position].node) if n.weight >= CONTAINER_SHARE * self.total)
            if best is None or node.depth > best.depth:
                best = node
        if best is not None and best.parent is not None and any(self._blocks[p].node is best for p in chosen):
            return best.parent
        return best

    def _inside(self, block: Block) -> bool:
        return self.container is not None and self.container in chain(block.node)

    def _without_strays(self, chosen: set[int]) -> set[int]:
        """Drop second copies of a text, and what stands outside the container and belongs to something else."""
        kept: set[int] = set()
        seen: set[str] = set()
        inside = [position for position in chosen if self._inside(self._blocks[position])]
        end = self._first_link_after(max(inside)) if inside else len(self._blocks)
        for position in sorted(chosen, key=lambda position: (not self._inside(self._blocks[position]), position)):
            key = self._keys[position]
            if key in seen and len(key) >= MIN_PART_CHARS:
                continue
            block = self._blocks[position]
            if not self._inside(block) and (position > end or self.roles(block) & _NOT_BODY):
                continue
            seen.add(key)
            kept.add(position)
        return kept

    def _first_link_after(self, position: int) -> int:
        """Return where the first line after the container stands that is a link: there lists of other stories begin."""
        for later in range(position + 1, len(self._blocks)):
            block = self._blocks[later]
            if block.link_share >= LINK_LINE_SHARE and len(block.text.split()) >= 3 and not self._inside(block):
                return later
        return len(self._blocks)

    def _with_gaps(self, chosen: set[int]) -> set[int]:
        """Add the blocks of the container that stand among the body and look like it."""
        inside = [position for position in chosen if self._inside(self._blocks[position])]
        if not inside:
            return chosen
        first, last = min(inside), max(inside)
        parents = Counter(self._blocks[position].node.parent for position in inside)
        found = set(chosen)
        for position, block in enumerate(self._blocks):
            if position in found or not self._inside(block):
                continue
            roles = self.roles(block)
            if roles & Role.EMBED and first < position < last:
                found.add(position)
            if roles & _NOT_BODY or block.link_share >= MAX_LINK_SHARE:
                continue
            is_sibling = parents[block.node.parent] > 1 and block.node.tag in {"p", "li", "blockquote"}
            is_item = block.node.tag == "li" and parents[list_around(block.node)] > 1
            is_prose = weight_of(block.text) >= MIN_PROSE_WEIGHT
            if first < position < last:
                if is_sibling or is_item or is_prose or block.heading:
                    found.add(position)
            elif is_prose and (is_sibling or block.node.parent is self.container):
                found.add(position)
        return found
