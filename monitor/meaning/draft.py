"""What the recognisers hand over: a statement that does not yet know where on the page it stands."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.types import Block, BlockKind, Cue, Kind, Price


@dataclass(frozen=True, slots=True)
class Draft:
    """One kind of statement in one sentence. Fields as in `monitor.types.Statement`; `clauses` are where it is said."""

    kind: Kind
    rule: str
    strength: float = 0.0
    negated: bool = False
    absolute: bool = False
    subgroup: bool = False
    values: tuple[tuple[str, float], ...] = ()
    terms: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    cues: tuple[Cue, ...] = ()
    confidence: float = 1.0
    clauses: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Setting:
    """What the headings above a sentence, and its block, say about it."""

    is_item: bool = False  # a list item, table row or line that stands alone
    is_heading: bool = False
    risks: bool = False  # under "Side effects"
    offers: bool = False  # under "What we treat"
    results: bool = False  # under "Results"
    stories: bool = False  # under "Patient stories"
    signed: bool = False  # the block is a quotation with a name under it
    disease: bool = False  # under "What is …?", "Symptoms"
    links: bool = False  # under "Read more"
    status: bool = False


def is_item(block: Block) -> bool:
    return block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.DEFINITION)
