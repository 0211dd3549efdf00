"""Small real ZIM files, written by libzim."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

libzim = pytest.importorskip("libzim", reason="the extra zim is not installed")

PAGE = (
    "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>"
)


def page(title: str, words: str) -> str:
    """An article as Kiwix has them."""
    return PAGE.format(title, words)


def write_zim(
    path: Path,
    articles: Mapping[str, str],
    *,
    others: Mapping[str, tuple[str, bytes]] | None = None,
    redirects: Mapping[str, str] | None = None,
) -> Path:
    """Write a ZIM of HTML `articles` (path → HTML), of `others` (path → media type, bytes), and of
    `redirects` (path → path)."""
    from libzim import writer

    class Item(writer.Item):  # type: ignore[misc]
        def __init__(self, name: str, media: str, data: bytes) -> None:
            super().__init__()
            self.name, self.media, self.data = name, media, data

        def get_path(self) -> str:
            return self.name

        def get_title(self) -> str:
            return self.name.replace("_", " ")

        def get_mimetype(self) -> str:
            return self.media

        def get_contentprovider(self) -> object:
            return writer.StringProvider(self.data)

        def get_hints(self) -> dict[object, bool]:
            return {writer.Hint.FRONT_ARTICLE: True}

    path.unlink(missing_ok=True)
    with writer.Creator(path).config_indexing(False, "eng") as creator:
        creator.set_mainpath(next(iter(articles), ""))
        for name, html in articles.items():
            creator.add_item(Item(name, "text/html", html.encode()))
        for name, (media, data) in (others or {}).items():
            creator.add_item(Item(name, media, data))
        for name, target in (redirects or {}).items():
            creator.add_redirection(name, name, target, {writer.Hint.FRONT_ARTICLE: True})
        creator.add_metadata("Title", "A small library")
    return path
