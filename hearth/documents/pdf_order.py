"""In which order the blocks of a page are read."""

from __future__ import annotations

from hearth.documents.pdf_blocks import Block


def reading_order(blocks: list[Block]) -> list[Block]:
    """Put blocks that were drawn late, but stand above earlier ones, where one reads them.

    A block moves before the first one that is lower and in the same column; a heading also
    before the first that stands beside or below it on its right (a side heading). Columns are
    never mixed: blocks side by side keep the order in which they were drawn.
    """
    if len(blocks) > 400:
        return blocks
    out: list[Block] = []
    place = 0
    for block in blocks:
        place = _place(block, out, place)
        out.insert(place, block)
        place += 1
    return out


def _place(block: Block, out: list[Block], after: int) -> int:
    """Return where `block` belongs in `out`; `after` is the place after the one drawn before."""
    bottom = min(line.y for line in block.lines)
    tops = [max(line.y for line in other.lines) for other in out]
    if 0 < after < len(out) and tops[after] < bottom < tops[after - 1]:
        return after  # goes on below a block that was moved
    for index, other in enumerate(out):
        if bottom > tops[index] + 0.2 * block.lines[0].size and _same_column(block, other):
            return index
        if block.kind == "heading" and _beside(block, other, tops[index]):
            return index
    return len(out)


def _extent(block: Block) -> tuple[float, float]:
    return min(line.x0 for line in block.lines), max(line.x1 for line in block.lines)


def _same_column(block: Block, other: Block) -> bool:
    left, right = _extent(block)
    other_left, other_right = _extent(other)
    common = min(right, other_right) - max(left, other_left)
    return common > 0.25 * max(min(right - left, other_right - other_left), 1.0)


def _beside(heading: Block, other: Block, top: float) -> bool:
    size = heading.lines[0].size
    near = heading.lines[0].y >= top - 0.6 * size
    return near and _extent(heading)[1] <= _extent(other)[0] + size and other.kind != "heading"
