"""Inline Markdown to plain words: emphasis, links, code, pictures, tags and escapes go."""

from __future__ import annotations

import html
import re

_SPECIAL = re.compile(r"[*_`\[\]<>&~\\]")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CODE = re.compile(r"(`{1,8})(.{1,300}?)(?<!`)\1(?!`)", re.S)
_IMAGE = re.compile(r"!\[[^\[\]]{0,1000}\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])?")
_WIKI = re.compile(r"\[\[(?:[^\[\]|]{0,300}\|)?([^\[\]|]{1,300})\]\]")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])")
_FOOTNOTE = re.compile(r"\[\^[^\[\]\s]{1,100}\]")
_AUTO = re.compile(r"<((?:https?|ftp|mailto):[^<>\s]*|[\w.+-]+@[\w.-]+)>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
# Bounded, like everything above that looks ahead: a line of unclosed marks costs no more than
# its length times the bound.
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.{1,300}?)(?<=\S)\1")
_STAR = re.compile(r"(?<!\*)\*(?![\s*])([^*]{1,300}?)(?<![\s*])\*(?!\*)")
_UNDER = re.compile(r"(?<![\w_])_(?![\s_])([^_]{1,300}?)(?<![\s_])_(?![\w_])")
_LONE = re.compile(r"(?<=\w)_([.,;:!?])_(?!\w)")
_STRUCK = re.compile(r"~~(?=\S)(.{1,300}?)(?<=\S)~~")
_HELD = re.compile("(\ue000[0-9]+\ue001)")  # stands for a piece that is done with
_MARKS = re.compile("[\ue000\ue001]")


def plain_words(source: str) -> str:
    """Return the words of a stretch of inline Markdown, as one reads them aloud."""
    if not _SPECIAL.search(source):
        return source
    held: list[str] = []

    def hold(words: str) -> str:
        held.append(words)
        return f"\ue000{len(held) - 1}\ue001"

    words = _MARKS.sub("", source)
    if "`" in words:
        words = _CODE.sub(lambda match: hold(match[2].strip()), words)
    if "\\" in words:
        words = _ESCAPE.sub(lambda match: hold(match[1]), words)
    if "[" in words:
        words = _IMAGE.sub("", words)
        words = _WIKI.sub(r"\1", words)
        words = _FOOTNOTE.sub("", words)
        words = _LINK.sub(r"\1", _LINK.sub(r"\1", words))
    if "<" in words:
        words = _AUTO.sub(lambda match: hold(match[1].removeprefix("mailto:")), words)
        words = _TAG.sub(lambda match: " " if match[0][1:3] in ("br", "BR") else "", words)
    if "*" in words or "_" in words:
        words = _STRONG.sub(r"\2", _STRONG.sub(r"\2", words))
        words = _LONE.sub(r"\1", words)
        words = _UNDER.sub(r"\1", _STAR.sub(r"\1", words))
    if "~" in words:
        words = _STRUCK.sub(r"\1", words)
    if "&" in words:
        words = "".join(map(_unescaped, _HELD.split(words)))
    while held and "\ue000" in words:
        words = _HELD.sub(lambda match: held[int(match[1][1:-1])], words)
    return words


def _unescaped(piece: str) -> str:
    """Entities as their characters; none of them becomes a mark, and a mark stays one."""
    return piece if _HELD.fullmatch(piece) else _MARKS.sub("", html.unescape(piece))
