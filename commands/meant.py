"""What people type first who do not know the words of hearth, and what they then mean.

Only for hints: nothing of it is a verb. A test holds every entry to the verbs that there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shlex import quote

from hearth.commands.layout import cut
from hearth.guessing import asked, close, did_you_mean
from hearth.store.errors import UsageError

_QUESTION = (
    "how", "what", "what's", "why", "when", "where", "which", "who", "is", "are", "can", "could",
    "do", "does", "should", "will", "was", "wie", "wo", "wann", "warum", "kann", "ist",
)  # fmt: skip
_QUOTES = "\"'“”„‟‘’‚«»‹›"
_INSIDE = set('"`$\\!')  # what a shell minds in double quotes
_SHELLS = _INSIDE | set("'|&;<>()")
_NOTICE = "hearth emergency notice publish TEXT"
_POST = "hearth market post"
_REQUEST = "hearth market post request TITLE"
_OFFER = "hearth market post offer TITLE"

# By the words of the noun ("" is hearth itself): what was typed, to what there is. "*" is for any
# other word, which then stands for {word}.
_MEANT: dict[str, dict[str, str]] = {
    "": {
        **dict.fromkeys(("send", "msg", "message", "write", "text", "mail", "tell"),
                        "hearth chat send NAME TEXT"),
        **dict.fromkeys(("read", "inbox", "messages"), "hearth chat read"),
        **dict.fromkeys(("notice", "warn", "warning", "alert", "publish", "announce"), _NOTICE),
        **dict.fromkeys(("post", "listing"), _POST),
        "list": "hearth ls (documents), hearth market, hearth member",
        **dict.fromkeys(("offer", "request", "lend", "ride", "skill", "space"),
                        "hearth market post {word} TITLE"),
        **dict.fromkeys(("need", "want", "buy"), _REQUEST),
        **dict.fromkeys(("give", "sell"), _OFFER),
        **dict.fromkeys(("claim", "match"), "hearth market {word}"),
        **dict.fromkeys(("check-in", "checkin", "ok", "okay"), "hearth emergency check-in"),
        **dict.fromkeys(("help-me", "sos", "injured"), "hearth emergency check-in need-help-now"),
        **dict.fromkeys(("roll-call", "rollcall"), "hearth emergency roll-call"),
        **dict.fromkeys(("board", "shelter", "shelters"), "hearth emergency board"),
        **dict.fromkeys(("missing", "report", "card", "drill", "declare", "guide", "form"),
                        "hearth emergency {word}"),
        **dict.fromkeys(("setup", "start", "install", "new", "create", "begin"), "hearth init"),
        **dict.fromkeys(("stick", "usb", "update", "refresh"),
                        "hearth sync, or hearth sync FOLDER"),
        **dict.fromkeys(("people", "neighbours", "neighbors", "users", "contacts"),
                        "hearth member"),
        **dict.fromkeys(("restore", "backups"), "hearth backup"),
        **dict.fromkeys(("delete", "remove", "del"), "hearth rm (documents), or hearth erase"),
        **dict.fromkeys(("leave", "quit", "exit"), "hearth community leave"),
        **dict.fromkeys(("password", "passphrase"), "hearth key"),
        **dict.fromkeys(("settings", "set"), "hearth config"),
        "share": "hearth corpus share",
        "rename": "hearth init --name NAME gives a name, once",
        "group": "hearth chat group",
        **dict.fromkeys(("tutorial", "man", "manual", "?"), "hearth help tutorial"),
        **dict.fromkeys(("ayuda", "hilfe", "aide"), "hearth help tutorial, hearth emergency"),
        **dict.fromkeys(("question", "preguntar", "pregunta", "fragen", "frage", "frag"),
                        "hearth ask QUESTION"),
    },
    "chat": {
        **dict.fromkeys(("write", "msg", "message", "post", "reply", "to"), "hearth chat send"),
        **dict.fromkeys(("delete", "remove", "unsend"), "hearth chat retract"),
        **dict.fromkeys(("open", "inbox", "messages"), "hearth chat read"),
        "*": "hearth chat read {word}, or hearth chat send {word} TEXT",
    },
    "bundle": {
        **dict.fromkeys(("read", "open", "import", "load", "get", "take"), "hearth bundle apply"),
        **dict.fromkeys(("write", "export", "make", "new", "save"), "hearth bundle create"),
        **dict.fromkeys(("print", "qr", "paper"), "hearth bundle send qr:sheet.pdf"),
        **dict.fromkeys(("text", "armour"), "hearth bundle send armour:FILE"),
        **dict.fromkeys(("sync", "trade", "stick", "usb"), "hearth sync FOLDER"),
        "*": "hearth bundle create {word}, or hearth bundle apply {word}",
    },
    "market": {
        **dict.fromkeys(("close", "delete", "remove", "end", "done"), "hearth market withdraw"),
        **dict.fromkeys(("take", "want", "get"), "hearth market claim"),
        **dict.fromkeys(("offer", "request", "lend", "ride", "skill", "space"),
                        "hearth market post {word} TITLE"),
        **dict.fromkeys(("add", "new", "create", "publish"), _POST),
        **dict.fromkeys(("need", "buy", "borrow", "ask"), _REQUEST),
        **dict.fromkeys(("give", "sell", "donate"), _OFFER),
        **dict.fromkeys(("find", "look"), "hearth market search WORDS"),
        "mine": "hearth market list --mine",
        "*": "hearth market search {word}",
    },
    "member": {
        **dict.fromkeys(("promote", "steward"), "hearth member role NAME steward"),
        "rename": "hearth init --name NAME gives a name, once",
        "demote": "hearth member role NAME member",
        **dict.fromkeys(("add", "invite", "new"), "hearth invite"),
        **dict.fromkeys(("kick", "ban", "delete", "rm"), "hearth member remove"),
        "*": "hearth member show {word}",
    },
    "invite": {"*": "hearth invite alone makes a ticket; it is good for whoever holds it"},
    "community": {
        **dict.fromkeys(("new", "add", "found", "make", "start"), "hearth community create NAME"),
        "join": "hearth join TICKET",
        "invite": "hearth invite",
        "members": "hearth member",
        "*": "hearth community show {word}",
    },
    "emergency": {
        **dict.fromkeys(("end", "cancel", "stop", "over", "clear", "revoke", "undo"),
                        "hearth emergency stand-down"),
        **dict.fromkeys(("start", "begin"), "hearth emergency declare REASON"),
        **dict.fromkeys(("warn", "alert", "publish"), _NOTICE),
        **dict.fromkeys(("safe", "ok"), "hearth safe"),
        **dict.fromkeys(("help", "sos", "injured"), "hearth emergency check-in need-help-now"),
        **dict.fromkeys(("need", "needs"), _REQUEST),
        **dict.fromkeys(("shelter", "shelters", "water", "power", "food", "medicine"),
                        "hearth emergency board"),
        "*": "hearth emergency guide {word}",
    },
    "emergency notice": {
        **dict.fromkeys(("withdraw", "delete", "end", "remove", "revoke"),
                        "hearth emergency notice cancel"),
        **dict.fromkeys(("add", "new", "send", "create", "post"), _NOTICE),
        "*": _NOTICE,
    },
    "emergency missing": {
        **dict.fromkeys(("add", "new"), "hearth emergency missing report NAME"),
        "seen": "hearth emergency missing sighting",
        "*": "hearth emergency missing search {word}, or hearth emergency missing report NAME",
    },
    "emergency board": {
        **dict.fromkeys(("add", "new", "set"), "hearth emergency board report"),
        "*": "hearth emergency board report shelter open school gym",
    },
    "emergency roll-call": {
        **dict.fromkeys(("new", "*"), "hearth emergency roll-call start TITLE"),
    },
    "emergency card": {"type": "hearth emergency card enter"},
}  # fmt: skip


def verb_hints(
    path: str, words: Sequence[str], verbs: Sequence[str], alone: bool = False
) -> list[str]:
    """What to do about `words` after the noun `path`, the first of which is no verb of it.

    `verbs` are those that it has, `alone` says that it does something without any of them.
    """
    typed = words[0]
    word = typed.casefold()
    known = _MEANT.get(path, {})
    if not path and (word in _QUESTION or typed.endswith("?")):
        return [_question(words)]
    if word in known:
        return [f"for that there is: {known[word].format(word=word)}"]
    parts = " ".join(words).split()  # by any space there is, not by the shell's alone
    if len(parts) > len(words) and parts[0] in verbs:
        return [f"with plain spaces: {' '.join(['hearth', *path.split(), *parts])}"]
    if found := did_you_mean(typed, verbs):
        return found
    if not path and len(parts) > 1 and not any(each.startswith("-") for each in words):
        return [_question(parts)]
    if alone and word in ("list", "show", "ls"):
        return [f"hearth {path} alone lists them"]
    said = [f"perhaps: {known['*'].format(word=quote(typed))}"] if "*" in known else []
    return [*said, f"there are: {', '.join(verbs)}"] if path else said


def _question(words: Sequence[str]) -> str:
    """How to ask it, as a shell takes it."""
    text = " ".join(words).strip(_QUOTES)
    if set(text) & _SHELLS:
        text = quote(text) if set(text) & _INSIDE else f'"{text}"'
    return f"a question: hearth ask {text}"


# By sets: options that mean the same somewhere else, and may be tried here.
_SAME = (
    {"--until", "--for", "--expires", "--expiry", "--till", "--end"},
    {"--description", "--text", "--note", "--message", "--body"},
    {"--where", "--area", "--place", "--location", "--address"},
    {"--yes", "--force"},
    {"--out", "--to", "--output", "--file"},
    {"--qty", "--amount", "--quantity", "--count"},
    {"--exercise", "--test", "--drill"},
)


# What a verb does not have, because another one, or none, is needed for it.
_ELSEWHERE = {
    ("safe", "--for"): "of others: hearth emergency check-in safe --for PERSON",
    ("invite", "--for"): "a ticket is for whoever holds it; how long: --expires",
    ("safe", "--note"): "all words are the note: hearth safe at the mill",
}


def option_hints(path: str, typed: str, options: Sequence[str]) -> list[str]:
    """What to do about an option that is none of a verb's `options`."""
    if (path, typed) in _ELSEWHERE:
        return [_ELSEWHERE[path, typed]]
    same = [each for group in _SAME if typed in group for each in options if each in group]
    if same:
        return [f"here it is {' or '.join(same)}"]
    near = close(typed.lstrip("-"), [each.lstrip("-") for each in options])
    return asked([f"--{each}" for each in near])


def refuse_typeset(words: Sequence[str]) -> None:
    """Raise UsageError for an option that begins with a dash in place of two hyphens; other words
    may."""
    from hearth.commands.completion_tree import tree

    known = {name for node in tree() for option in node.options for name in option.names}
    for word in words:
        meant = f"--{word[1:]}"
        if word[:1] in ("–", "—") and meant.partition("=")[0] in known:
            raise UsageError(
                f'"{word}" begins with a dash, and an option with two hyphens',
                f"{meant} is the option; after -- it is a word",
            )


# By what is chosen: what people type for it who do not know the words of hearth.
_CHOSEN = {
    "safe": ("ok", "okay", "fine", "well", "alive", "good"),
    "injured": ("hurt", "wounded", "bleeding", "ill", "sick"),
    "need-help-now": ("sos", "urgent", "trapped", "stuck", "emergency"),
    "evacuating": ("leaving", "left", "going"),
    "information-wanted": ("question", "info"),
    "immediate": ("now", "urgent", "at-once"),
    "expected": ("soon",),
    "future": ("later",),
    "severe": ("bad", "high", "serious"),
    "observed": ("seen", "sure", "certain"),
    "request": ("need", "want", "buy", "ask", "borrow", "search"),
    "offer": ("give", "have", "sell", "donate", "share"),
}


def choice_hints(typed: str, choices: Sequence[str]) -> list[str]:
    """What to do about a word that is none of the `choices`."""
    word = typed.casefold()
    meant = [each for each, words in _CHOSEN.items() if each in choices and word in words]
    return asked(meant) or did_you_mean(typed, choices)


def id_hints(typed: str, titles: Mapping[str, bytes]) -> list[str]:
    """What to do about a title, or a part of one, that was given for an id."""
    near = close(typed, titles)
    return [f'{titles[each].hex()[:8]} is the id of "{cut(each, 40)}"' for each in near]


def named() -> list[tuple[str, str]]:
    """Every entry, with the noun it stands under: for the test."""
    return [(path, said) for path, words in _MEANT.items() for said in words.values()]
