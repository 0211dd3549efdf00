"""Every verb: where it lives and one line of help.

A static table, so that `hearth --help`, did-you-mean and the completions know all verbs without
importing any. A verb's module holds one click command named `command`; tests hold this table,
the man pages and the completions to each other.
"""

from __future__ import annotations

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Ask and find": {
        "ask": ("ask", "answer a question from the documents here, with sources"),
        "search": ("search", "find passages by their words"),
        "add": ("add", "add files and folders to a corpus"),
        "ls": ("ls", "list documents"),
        "rm": ("rm", "take documents out of a corpus"),
        "corpus": ("corpus", "create, list, show, share and remove corpora"),
        "model": ("model", "models: add, list, choose, share and remove them"),
    },
    "Talk": {
        "chat": ("chat", "write to a person, a group or a channel, and read"),
        "market": ("market", "what is offered and asked for, and who gets it"),
    },
    "In a bad week": {
        "safe": ("safe", "say that you are safe"),
        "emergency": ("emergency", "the mode, notices, who is safe, where to go"),
    },
    "Neighbours": {
        "community": ("community", "found, list, show and leave communities"),
        "invite": ("invite", "offer a place: make a ticket, list and revoke them"),
        "join": ("join", "join a community with a ticket"),
        "member": ("member", "list members, change their roles, put one out"),
        "sync": ("sync", "exchange what is new with everyone reachable"),
        "bundle": ("bundle", "carry it on a stick, in a file, on paper, by radio"),
        "kit": ("kit", "a folder that makes a bare laptop a hearth, offline"),
        "poster": ("poster", "print one page: how to join, where, four guide cards"),
        "push": ("push", "send what is new to others"),
        "pull": ("pull", "fetch what is new from others"),
        "serve": ("serve", "answer other hearths, be found, keep going round"),
        "gossip": ("gossip", "go round to a few others at a time"),
        "peer": ("peer", "where other hearths can be reached"),
        "follow": ("follow", "keep a corpus of a community here"),
        "unfollow": ("unfollow", "keep a corpus of a community here no longer"),
        "get": ("get", "ask a community for a document, or a model"),
        "pin": ("pin", "keep documents whatever the disk budget says"),
        "unpin": ("unpin", "let the disk budget have what was pinned"),
    },
    "This hearth": {
        "init": ("init", "make a hearth: keys, and a community of one"),
        "id": ("id", "show who and what this hearth is"),
        "device": ("device", "this person's devices: add one, list and revoke them"),
        "key": ("key", "protect the keys, unlock them for cron, replace them"),
        "status": ("status", "who, where, how much, what is waiting"),
        "config": ("config", "read and change settings"),
        "help": ("help", "show a verb's manual page"),
        "completions": ("completions", "print a shell's completion script"),
    },
    "Care": {
        "doctor": ("doctor", "check this machine and this hearth, and say what to do"),
        "fsck": ("fsck", "check everything stored; repair what can be"),
        "gc": ("gc", "let go of what is old, remove what nothing refers to"),
        "backup": ("backup", "put this hearth into an encrypted file, and bring it back"),
        "export": ("export", "write what is yours into a folder, readable without hearth"),
        "erase": ("erase", "destroy messages, objects, chats or this hearth, and say what is left"),
        "checkpoint": ("checkpoint", "state what may be dropped of a community's history"),
        "reindex": ("reindex", "rebuild everything derived from the log"),
        "eval": ("eval", "measure answers against a file of questions"),
        "calibrate": ("calibrate", "learn how near answers lie, corpus by corpus"),
    },
    "Plumbing": {
        "log": ("log", "list events"),
        "show": ("show", "show one event or object"),
        "verify": ("verify", "verify every signature and link of the log"),
        "hash-object": ("hash_object", "print the id that a file would have, or store it"),
        "cat-object": ("cat_object", "print an object's bytes"),
    },
}

VERBS: dict[str, tuple[str, str]] = {
    verb: entry for section in SECTIONS.values() for verb, entry in section.items()
}
