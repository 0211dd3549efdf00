"""`hearth bundle create --open`, and taking such a bundle in: corpora for anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.bundles.opening import Source, Taken
    from hearth.corpora.library import Library
    from hearth.mesh.node import Node


def write(session: Session, dest: str, what: str | None) -> int:
    """Write an open bundle to a file, into a folder, or to standard output."""
    from hearth.bundles import folder, public
    from hearth.commands import neighbours
    from hearth.commands.bundling import check_file, is_folder, to_stdout
    from hearth.commands.layout import count, size
    from hearth.corpora.index import Index

    names = _names(what)
    with neighbours.opened_node(session) as node, Index.open(node.home.cache_path) as index:
        library = _library(node, index)
        corpora = [library.find(each) for each in names]
        documents = sum(library.catalogue.count(each.id) for each in corpora)
        pieces = public.pieces(node, library, corpora)
        least = 0 if dest == "-" else public.least(node, library, corpora)
        if dest == "-":
            written = to_stdout(session, pieces)
        elif is_folder(dest):
            path, written = folder.write(node.home.disk, Path(dest), pieces, least)
            dest = str(path)
        else:
            check_file(dest)
            written = folder.write_file(node.home.disk, Path(dest), pieces, least)
    if session.json and dest != "-":
        session.terminal.out_json(
            {"v": 1, "path": dest, "open": True, "corpora": names, "documents": documents,
             "bytes": written}
        )  # fmt: skip
    elif dest != "-":
        session.terminal.out(
            f"wrote for anybody: {count(documents, 'document')}, {size(written)}, not sealed"
        )
    return Exit.OK


def _names(what: str | None) -> list[str]:
    names = []
    for word in filter(None, map(str.strip, (what or "").split(","))):
        kind, _, name = word.partition(":")
        if kind != "corpus" or not name:
            raise UsageError(f'"--open" is for corpora, not "{word}"', "--what corpus:NAME")
        names.append(name)
    if not names:
        raise UsageError("which corpora may anybody have?", "--what corpus:NAME,corpus:OTHER")
    return names


def _library(node: Node, index: Any) -> Library:
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.library import Library

    library = Library(node.home, Catalogue(index.connection, writable=index.writable))
    library.update()
    return library


def take(session: Session, node: Node, source: Source) -> Taken:
    """Take in an open bundle, and say what came of it."""
    from hearth.bundles import opening, public
    from hearth.commands.layout import count
    from hearth.corpora.index import Index

    with Index.open(node.home.cache_path) as index:
        library = _library(node, index)
        taken, found = opening.look(node, source)
        brought = public.take(node, library, taken, found)
        library.seal()
    if not session.json:
        for each in brought:
            lacking = f", {each.lacking} not whole or not fit to be shown" if each.lacking else ""
            session.terminal.out(
                f'"{session.terminal.clean(each.name)}": {count(each.added, "document")} new,'
                f" {each.same} as before{lacking}"
            )
    return taken
