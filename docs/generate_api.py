#!/usr/bin/env python3
"""Writes docs/python-api.md: every public name of the Python package, from its signature and docstrings.

    python3 docs/generate_api.py            writes it
    python3 docs/generate_api.py --check    writes nothing; exit code 1 where the page is stale

Reads the sources and imports nothing. A string below an attribute is the attribute's description.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "edgesweep"
PAGE = ROOT / "docs" / "python-api.md"
HEAD = """# The Python package, name by name

Written from the docstrings by `docs/generate_api.py`. [python.md](python.md) shows how to use them.
"""
Definition = ast.ClassDef | ast.FunctionDef


def text_of(node: ast.AST) -> str | None:
    """A string that stands alone, as a description."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return inspect.cleandoc(node.value.value)
    return None


def signature(function: ast.FunctionDef, name: str) -> str:
    arguments = ast.unparse(function.args)
    for receiver in ("self, ", "self", "cls, ", "cls"):
        arguments = arguments.removeprefix(receiver)
    returns = f" -> {ast.unparse(function.returns)}" if function.returns and name != "__init__" else ""
    return f"{name}({arguments}){returns}"


def attributes(body: list[ast.stmt]) -> Iterator[tuple[str, str, str]]:
    """Name, type and description of the described or typed attributes, and of properties."""
    for number, node in enumerate(body):
        described = text_of(body[number + 1]) if number + 1 < len(body) else None
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                yield name, ast.unparse(kind), described or ""
            case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=kind) if described:
                yield name, ast.unparse(kind), described
            case ast.FunctionDef(name=name, decorator_list=[ast.Name(id="cached_property" | "property")]):
                yield name, ast.unparse(node.returns) if node.returns else "", ast.get_docstring(node) or ""
            case ast.FunctionDef(name="__init__"):
                yield from attributes(node.body)


def methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or item.name.startswith("_"):
            continue
        if any(isinstance(one, ast.Name) and one.id in ("cached_property", "property") for one in item.decorator_list):
            continue
        yield item


def section(name: str, node: Definition) -> str:
    parts = [f"## {name}"]
    if isinstance(node, ast.FunctionDef):
        parts += [f"`{signature(node, name)}`", ast.get_docstring(node) or ""]
        return "\n\n".join(parts)
    bases = [ast.unparse(base) for base in node.bases]
    parts.append((f"{', '.join(f'`{base}`' for base in bases)}. " if bases else "") + (ast.get_docstring(node) or ""))
    rows = list(attributes(node.body))
    if rows:
        lines = [f"| `{row[0]}` | `{row[1].replace('|', chr(92) + '|')}` | {' '.join(row[2].split())} |" for row in rows]
        parts.append("\n".join(["| attribute | type | what |", "| --- | --- | --- |", *lines]))
    for method in methods(node):
        parts += [f"`{name}.{signature(method, method.name)}`", ast.get_docstring(method) or ""]
    return "\n\n".join(parts)


def page() -> str:
    definitions: dict[str, Definition] = {}
    public: list[str] = []
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, Definition):
                definitions.setdefault(node.name, node)
            elif path.name == "__init__.py" and isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                public = ast.literal_eval(node.value)
    sections = [section(name, definitions[name]) for name in public if name in definitions]
    same = [f"## {name}\n\nThe same as `Results`." for name in public if name not in definitions]
    return "\n\n".join([HEAD.rstrip(), *sections, *same]) + "\n"


def main() -> None:
    written = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(written, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != written:
        raise SystemExit(f"{PAGE.relative_to(ROOT)} is stale: run docs/generate_api.py")


if __name__ == "__main__":
    main()
