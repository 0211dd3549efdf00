"""The house: imports run downwards only, and what each room may touch (DESIGN §3)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import ROOT

ROOMS = {"store": 0, "sync": 1, "hearth": 2, "commands": 3}
MODULE_CEILING = 500
FUNCTION_CEILING = 40


def modules() -> Iterator[tuple[str, Path]]:
    """(room, file) of every module of ours."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not any(
                (ROOT / room / part).is_symlink()
                for part in path.relative_to(ROOT / room).parts[:1]
            ):
                yield room, path


FILES = [pytest.param(room, path, id=str(path.relative_to(ROOT))) for room, path in modules()]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever in it, also for type checking only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.module or "", node.lineno
            for name in node.names:
                yield f"{node.module}.{name.name}", node.lineno


def room_of(module: str) -> str | None:
    """The room an imported module of ours lives in; None for anybody else's."""
    parts = module.split(".")
    if parts[0] != "hearth":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "hearth"


def test_the_rooms_were_found() -> None:
    assert len(FILES) > 40
    assert {param.values[0] for param in FILES} == set(ROOMS)


@pytest.mark.parametrize(("room", "path"), FILES)
def test_imports_run_downwards_only(room: str, path: Path) -> None:
    if path == ROOT / "hearth" / "__main__.py":
        return  # the one place that looks upwards
    for module, line in imports(path):
        assert module.split(".")[0] not in ("store", "sync", "commands"), f"{path}:{line}"
        target = room_of(module)
        if module == "hearth":
            target = "store"  # the package itself holds the version, and nothing else
        assert target is None or ROOMS[target] <= ROOMS[room], f"{path}:{line}: {module}"


def test_the_package_itself_holds_the_version_and_nothing_else() -> None:
    body = ast.parse((ROOT / "hearth" / "__init__.py").read_text(encoding="utf-8")).body
    assert [type(node).__name__ for node in body] == ["Expr", "Assign"]


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize(("room", "path"), [p for p in FILES if p.values[0] != "commands"])
def test_below_the_commands_nothing_is_read_from_the_process(room: str, path: Path) -> None:
    """No argv, environment, working directory, calendar clock or terminal below commands/."""
    text = path.read_text(encoding="utf-8")
    if '__name__ == "__main__"' in text:
        return  # a process of its own, started by us: its argv and streams are our pipe to it
    tree = ast.parse(text)
    forbidden = {
        "print", "input", "os.getenv", "os.getcwd", "Path.cwd", "time.time", "datetime.now",
        "sys.exit", "datetime.datetime.now",
    }  # fmt: skip
    for name, line in calls(tree):
        assert name not in forbidden, f"{path}:{line}: {name}()"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            assert name not in ("os.environ", "sys.argv", "sys.stdout", "sys.stderr"), (
                f"{path}:{node.lineno}: {name}"
            )


@pytest.mark.parametrize(("room", "path"), FILES)
def test_modules_and_functions_stay_readable(room: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MODULE_CEILING
    tree = ast.parse(text)
    assert ast.get_docstring(tree), f"{path} has no docstring"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            after = first.end_lineno if documented and first.end_lineno else node.lineno
            length = (node.end_lineno or 0) - after
            assert length <= FUNCTION_CEILING, f"{path}:{node.lineno}: {node.name}: {length} lines"


@pytest.mark.parametrize(("room", "path"), FILES)
def test_no_assert_on_input(room: str, path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and not narrows_a_type(node.test)
    ]
    assert not found, f"{path}:{found}: raise a typed error instead"


def narrows_a_type(test: ast.expr) -> bool:
    """`x is not None` and `[not] isinstance(x, …)`: said to the type checker, not to input."""
    if isinstance(test, ast.UnaryOp):
        test = test.operand
    if isinstance(test, ast.Call):
        return ast.unparse(test.func) == "isinstance"
    return isinstance(test, ast.Compare) and ast.unparse(test.comparators[0]) == "None"
