"""The files of the source tree, for the gates: with or without git, and without what builds and runs leave there."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPP = (".h", ".cpp", ".cuh", ".cu")


def source_files() -> Iterator[Path]:
    """Every file, in order of its path. What runs leave in results/ and builds in build*/ is not looked at."""
    for top in sorted(ROOT.iterdir()):
        if top.is_file():
            yield top
        elif top.name == "results":
            yield top / "README.md"
        elif top.name not in (".git", ".cache") and not top.name.startswith("build"):
            yield from (path for path in sorted(top.rglob("*")) if path.is_file() and not generated(path))


def generated(path: Path) -> bool:
    return any(part == "__pycache__" or part.endswith("_cache") for part in path.parts)


def shell_scripts() -> list[Path]:
    """*.sh, and programs without a suffix whose first line names a shell."""
    return [path for path in source_files() if path.suffix == ".sh" or (not path.suffix and starts_a_shell(path))]


def starts_a_shell(path: Path) -> bool:
    with path.open("rb") as file:
        return file.readline(80).rstrip().endswith((b"/sh", b"/bash", b"env bash"))
