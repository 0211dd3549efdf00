"""The poster as one HTML file: nothing is loaded, and it prints on a page of A4."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Final

from hearth.poster.content import Poster, Section, Shown, source
from hearth.sync.carriers.pdf import QUIET

_STYLE: Final = """\
@page { size: A4; margin: 11mm }
body { font: 9pt/1.2 Helvetica, Arial, sans-serif; color: #000; background: #fff;
 max-width: 188mm; margin: 0 auto }
h1 { font-size: 20pt; margin: 0 0 3mm; padding: 2mm 4mm; background: #000; color: #fff;
 -webkit-print-color-adjust: exact; print-color-adjust: exact }
h2 { font-size: 13pt; margin: 2mm 0 1mm } h3 { font-size: 9pt; margin: 1.5mm 0 .5mm }
p, ul, ol { margin: .5mm 0 } ul, ol { padding-left: 4.5mm }
.code { float: right; width: 52mm; margin-left: 4mm } .until, .where { font-size: 14pt }
.until, .where { font-weight: bold } .blank { border-bottom: 1px solid; height: 8mm }
.cards { clear: both; columns: 2; column-gap: 6mm; padding-top: 2mm }
.card { border-top: 2px solid; break-inside: avoid; margin-bottom: 3mm }
small { font-size: 5.5pt; display: block }
"""


def write(poster: Poster) -> str:
    """The page."""
    return "\n".join(_lines(poster)) + "\n"


def _lines(poster: Poster) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{escape(poster.title)}</title>"
    yield f"<style>\n{_STYLE}</style></head><body>"
    yield f"<h1>{escape(poster.title)}</h1>"
    yield from _join(poster)
    yield "<h2>Where the hearth is</h2>"
    for line in poster.where:
        yield f'<p class="where">{escape(line)}</p>'
    if not poster.where:
        yield '<p class="blank"></p>' * 2
    if poster.addresses:
        yield f"<p>on the local network: {escape(', '.join(poster.addresses))}</p>"
    yield '<div class="cards">'
    for card in poster.cards:
        yield from _card(card)
    yield "</div><small>From the guide built into hearth, word for word. It does not replace a"
    yield " doctor or the emergency services where they can be reached. Printed"
    yield f" {escape(poster.made)}</small></body></html>"


def _join(poster: Poster) -> Iterator[str]:
    invitation = poster.invitation
    if invitation is None:
        whom = f"somebody of {poster.community}" if poster.community else "them"
        yield f"<h2>Join</h2><p>Ask {escape(whom)} for a kit (a folder on a stick), and a ticket."
        yield "On a laptop with Linux: <b>sh start.sh</b>. It needs no internet.</p>"
        return
    who = "For one person" if invitation.uses == 1 else f"For {invitation.uses} people"
    yield f'<div class="code">{svg(invitation.text)}</div>'
    yield f"<h2>Join {escape(invitation.community)}</h2>"
    yield "<ol><li>Install hearth, or take the kit: a folder on a stick.</li>"
    yield "<li>Read the code with a telephone: it is a text that begins with HEARTH1. On that"
    yield "machine type: <b>hearth init</b>, then: <b>hearth join TEXT</b>. Or copy a picture of it"
    yield "there: <b>hearth join --photo PICTURE</b>.</li></ol>"
    yield f'<p>{who}, UNTIL <span class="until">{escape(invitation.until)}</span></p>'


def svg(text: str) -> str:
    """A QR code."""
    from hearth.sync.carriers.sheets import matrix

    dots = matrix(text)
    side = len(dots) + 2 * QUIET
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(dots)
        for x, dot in enumerate(row)
        if dot
    )
    return (
        f'<svg viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}"/></svg>'
    )


def _card(card: Shown) -> Iterator[str]:
    yield f'<div class="card"><h2>{escape(card.title)}</h2>'
    for section in card.sections:
        yield from _section(section)
    if card.left:
        yield f"<small>Not shown here: {escape(' '.join(card.left))} (hearth ask)</small>"
    said = "; ".join(map(source, card.sources))
    yield f"<small>Sources: {escape(said)}. Reviewed {escape(card.reviewed)}.</small></div>"


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield f"<h3>{escape(section.title)}</h3>"
    for mark, blocks in groupby(section.blocks, key=lambda block: block.mark[-1:]):
        if not mark:
            yield from (f"<p>{escape(block.text)}</p>" for block in blocks)
            continue
        tag = "ul" if mark == "-" else "ol"
        items = "".join(f"<li>{escape(block.text)}</li>" for block in blocks)
        yield f"<{tag}>{items}</{tag}>"
