"""Writes what is generated from the program: OPTIONS of the man pages, tables, completions.

    .venv/bin/python man/generate.py           write (make generate)
    .venv/bin/python man/generate.py --check   exit 1 and name what differs

In a page, what stands between `.\\" begin NAME` and `.\\" end NAME` is generated; everything else
is written by hand.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import click

from hearth.commands.completion_scripts import SHELLS, script
from hearth.commands.failures import MEANINGS
from hearth.commands.group import group
from hearth.commands.verbs import SECTIONS, VERBS
from hearth.settings import KEYS, show
from hearth.store.errors import Exit

ROOT = Path(__file__).resolve().parent.parent
COMPLETIONS = {"bash": "hearth", "zsh": "_hearth", "fish": "hearth.fish"}
_BLOCK = re.compile(r'(\.\\" begin (\w+)\n).*?(\.\\" end \2\n)', re.DOTALL)


def generated() -> dict[Path, str]:
    """Every file that has something generated in it, with what it should hold."""
    files = {ROOT / "completions" / COMPLETIONS[shell]: script(shell) for shell in SHELLS}
    for path in sorted((ROOT / "man").glob("*.[17]")):
        files[path] = _page(path)
    return files


def _page(path: Path) -> str:
    name = path.stem.removeprefix("hearth-")
    makers: dict[str, Callable[[], str]] = {
        "options": lambda: _options(name),
        "verbs": _verbs,
        "settings": _settings,
        "codes": _codes,
    }

    def block(found: re.Match[str]) -> str:
        return found.group(1) + makers[found.group(2)]() + found.group(3)

    return _BLOCK.sub(block, path.read_text(encoding="utf-8"))


def _options(name: str) -> str:
    root = click.Context(group, info_name="hearth", **group.context_settings)
    if name == "hearth":
        return _list(_items(group, root))
    command = group.get_command(root, name)
    if command is None:
        raise SystemExit(f"no verb {name}")
    items = _items(command, click.Context(command, info_name=name, parent=root))
    if isinstance(command, click.Group):
        everywhere = _everywhere(command)
        text = _list([item for item in items if item not in everywhere])
        if everywhere:
            alone = "Alone, and with" if set(everywhere) <= set(items) else "With"
            text += ".Pp\n" * bool(text) + f"{alone} every verb below:\n{_list(everywhere)}"
        # the page itself says the rest, after all its verbs
        return text + _below(command, f"hearth {name}", everywhere)
    text = _list(items)
    text += ".Pp\n" * bool(text)
    return text + "The options that every verb takes are described in\n.Xr hearth 1 .\n"


def _everywhere(group: click.Group) -> list[str]:
    """The options that all verbs of a noun have, and theirs: said once, not with each."""
    listed = [
        _items(command, click.Context(command, info_name=child))
        for child, command in group.commands.items()
        if not isinstance(command, click.Group) or command.invoke_without_command
    ]
    listed += [_everywhere(one) for one in group.commands.values() if isinstance(one, click.Group)]
    if len(listed) < 2:
        return []
    return [item for item in listed[0] if all(item in each for each in listed)]


def _below(group: click.Group, path: str, everywhere: list[str]) -> str:
    """The verbs of a noun, and theirs, with the options that not all of them have."""
    text = ""
    for child, command in group.commands.items():
        context = click.Context(command, info_name=child)
        usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "").strip()
        if isinstance(command, click.Group):
            usage = ""
        end = "\\&" if usage.endswith(("]", "...")) else ""  # it ends no sentence
        text += f'.Ss "{path} {child}{" " * bool(usage)}{_escaped(usage)}{end}"\n'
        text += _sentences(command.help or "")
        text += _list([item for item in _items(command, context) if item not in everywhere])
        if isinstance(command, click.Group):
            text += _below(command, f"{path} {child}", everywhere)
    return text


def _items(command: click.Command, context: click.Context) -> list[str]:
    items = []
    for option in command.get_params(context):
        if not isinstance(option, click.Option) or option.hidden:
            continue
        if "--help" in option.opts and command is not group:
            continue
        value = "" if option.is_flag or option.count else " " + _value(option)
        names = " , ".join(f"Fl {name[1:]}{value}" for name in _sorted(option.opts))
        items.append(f".It {names}\n{_sentences(option.help or '')}")
    return items


def _list(items: list[str]) -> str:
    return f".Bl -tag -width Ds\n{''.join(items)}.El\n" if items else ""


def _sorted(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (name.startswith("--"), name))


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "Ns | Ns ".join(f"Cm {choice} " for choice in option.type.choices).strip()
    return f"Ar {(option.metavar or option.name or '').lower()}"


def _sentences(text: str) -> str:
    """Prose with a line per sentence, as mdoc wants it."""
    text = " ".join(text.replace("\b", "").split())
    sentences = re.split(r"(?<=[.:;!?]) (?=[A-Z])", text)
    lines = [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, 78, break_on_hyphens=False)
    ]
    return "".join(f"{_escaped(line)}\n" for line in lines)


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def _verbs() -> str:
    text = ""
    for title, verbs in SECTIONS.items():
        text += f".Ss {title}\n.Bl -tag -width Ds\n"
        for verb, (_, help) in verbs.items():
            text += f".It Xr hearth-{verb} 1\n{help[:1].upper() + help[1:]}.\n"
        text += ".El\n"
    return text


def _settings() -> str:
    text = ".Bl -tag -width Ds\n"
    for key in KEYS.values():
        text += f".It Va {key.name}\n{_sentences(key.help)}"
        text += f"Built in:\n.Ql {show(key, key.default)} ;\nvariable:\n.Ev {key.environ} ;\n"
        text += f"set in the {'hearth' if key.scope == 'hearth' else 'user file'}.\n"
    return text + ".El\n"


def _codes() -> str:
    items = "".join(f".It {int(code)}\n{MEANINGS[code]}\n" for code in Exit)
    return f".Bl -tag -width 3n -compact\n{items}.El\n"


def main() -> int:
    """Write, or with --check compare; 1 if something differed."""
    check = "--check" in sys.argv[1:]
    pages = {path.stem.removeprefix("hearth-") for path in (ROOT / "man").glob("*.1")}
    missing = sorted(set(VERBS) - pages)
    if missing:
        print("no man page for", ", ".join(missing), file=sys.stderr)
    differs = bool(missing)
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            differs = True
            print(("differs: " if check else "wrote ") + str(path.relative_to(ROOT)))
            if not check:
                path.write_text(text, encoding="utf-8")
    return int(differs) if check else 0


if __name__ == "__main__":
    sys.exit(main())
