"""The house: imports run downwards only, and what each room may touch (DESIGN §3)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pytest
from program import ROOT

ROOMS = {"store": 0, "sync": 1, "hearth": 2, "commands": 3}
MODULE_CEILING = 500
FUNCTION_CEILING = 40
UPWARDS = "hearth/__main__.py"  # the one place that looks upwards


class Module(NamedTuple):
    """A module of ours: its room, its path from the root, its text, and all nodes of it."""

    room: str
    path: str
    text: str
    nodes: list[ast.AST]

    @classmethod
    def of(cls, room: str, path: str, text: str) -> Module:
        return cls(room, path, text, list(ast.walk(ast.parse(text))))


Offences = Iterator[tuple[int, str]]
"""Lines that break a rule, and how."""


def modules() -> Iterator[Module]:
    """Every module of ours."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not any(
                (ROOT / room / part).is_symlink()
                for part in path.relative_to(ROOT / room).parts[:1]
            ):
                text = path.read_text(encoding="utf-8")
                yield Module.of(room, path.relative_to(ROOT).as_posix(), text)


# the rules


def imports_run_downwards_only(module: Module) -> Offences:
    """Wherever in it, also for type checking only."""
    if module.path == UPWARDS:
        return
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "relative import"
        for name in imported(node):
            target = room_of(name)
            if name == "hearth":
                target = "store"  # the package itself holds the version, and nothing else
            if name.split(".")[0] in ("store", "sync", "commands") or (
                target is not None and ROOMS[target] > ROOMS[module.room]
            ):
                yield getattr(node, "lineno", 0), f"imports {name}"


def imported(node: ast.AST) -> list[str]:
    """Every module that a statement may import."""
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or "", *(f"{node.module}.{name.name}" for name in node.names)]
    return []


def room_of(module: str) -> str | None:
    """The room an imported module of ours lives in; None for anybody else's."""
    parts = module.split(".")
    if parts[0] != "hearth":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "hearth"


PROCESS = {"os.environ", "sys.argv", "sys.stdout", "sys.stderr"}
CALLS = {
    "print", "input", "os.getenv", "os.getcwd", "Path.cwd", "time.time", "datetime.now",
    "sys.exit", "datetime.datetime.now",
}  # fmt: skip


def below_the_commands_nothing_is_read_from_the_process(module: Module) -> Offences:
    """No argv, environment, working directory, calendar clock or terminal below commands/."""
    if module.room == "commands" or '__name__ == "__main__"' in module.text:
        return  # a process of its own, started by us: its argv and streams are our pipe to it
    for node in module.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
            yield node.lineno, ast.unparse(node.func)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in PROCESS:
            yield node.lineno, ast.unparse(node)


def modules_and_functions_stay_readable(module: Module) -> Offences:
    if len(module.text.splitlines()) > MODULE_CEILING:
        yield MODULE_CEILING, "too long"
    top = module.nodes[0]
    if not isinstance(top, ast.Module) or not ast.get_docstring(top):
        yield 1, "no docstring"
    for node in module.nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            after = first.end_lineno if documented and first.end_lineno else node.lineno
            if (length := (node.end_lineno or 0) - after) > FUNCTION_CEILING:
                yield node.lineno, f"{node.name}: {length} lines"


def no_assert_on_input(module: Module) -> Offences:
    for node in module.nodes:
        if isinstance(node, ast.Assert) and not narrows_a_type(node.test):
            yield node.lineno, "raise a typed error instead"


def narrows_a_type(test: ast.expr) -> bool:
    """`x is not None` and `[not] isinstance(x, …)`: said to the type checker, not to input."""
    if isinstance(test, ast.UnaryOp):
        test = test.operand
    if isinstance(test, ast.Call):
        return ast.unparse(test.func) == "isinstance"
    return isinstance(test, ast.Compare) and ast.unparse(test.comparators[0]) == "None"


# that they are kept


RULES: tuple[Callable[[Module], Offences], ...] = (
    imports_run_downwards_only,
    below_the_commands_nothing_is_read_from_the_process,
    modules_and_functions_stay_readable,
    no_assert_on_input,
)


def offences(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.path}:{line}: {rule.__name__}: {what}"
        for module in modules
        for rule in RULES
        for line, what in rule(module)
    ]


def test_every_module_keeps_every_rule() -> None:
    """All in one test: three thousand would each read a module again."""
    seen: list[str] = []

    def noted() -> Iterator[Module]:
        for module in modules():
            seen.append(module.room)
            yield module

    assert not offences(noted())
    assert len(seen) > 700
    assert set(seen) == set(ROOMS)


def test_the_package_itself_holds_the_version_and_nothing_else() -> None:
    body = ast.parse((ROOT / "hearth" / "__init__.py").read_text(encoding="utf-8")).body
    assert [type(node).__name__ for node in body] == ["Expr", "Assign"]


LONG = "def f():\n" + "    x = 1\n" * (FUNCTION_CEILING + 1)


@pytest.mark.parametrize(
    ("room", "text", "broken"),
    [
        ("store", "import hearth.sync.tcp", "imports hearth.sync.tcp"),
        ("sync", "def f():\n    from hearth import home", "imports hearth.home"),
        ("hearth", "from hearth.commands import main", "imports hearth.commands"),
        ("hearth", "import store.disk", "imports store.disk"),
        ("store", "from . import disk", "relative import"),
        ("store", "import sys\nx = sys.argv", "sys.argv"),
        ("sync", "import os\nx = os.environ['A']", "os.environ"),
        ("hearth", "import time\nx = time.time()", "time.time"),
        ("hearth", "print(1)", "print"),
        ("commands", LONG, f"f: {FUNCTION_CEILING + 1} lines"),
        ("commands", "x = 1\n" * MODULE_CEILING, "too long"),
        ("commands", "assert 1 > 2", "raise a typed error instead"),
        ("commands", None, "no docstring"),
    ],
)
def test_a_rule_that_is_broken_is_told(room: str, text: str | None, broken: str) -> None:
    whole = "x = 1" if text is None else f'"""It."""\n{text}'
    found = offences([Module.of(room, "a.py", whole)])
    assert found
    assert all(each.endswith(broken) or f" {broken}." in each for each in found), found


def test_what_keeps_the_rules_is_not_told() -> None:
    for room, text in (
        ("store", "import os\nx = os.path\nassert x is not None\nassert not isinstance(x, int)"),
        ("sync", "from hearth import store\nfrom hearth.store import disk\nimport hearth"),
        ("hearth", 'import sys\nif __name__ == "__main__":\n    sys.exit(0)'),
        ("commands", "import sys\nprint(sys.argv)"),
        ("commands", LONG.replace("    x = 1\n", "", 1)),
        ("commands", "x = 1\n" * (MODULE_CEILING - 1)),
    ):
        assert not offences([Module.of(room, "a.py", f'"""It."""\n{text}')])
