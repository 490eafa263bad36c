#!/usr/bin/env python3
"""What comments and pages name exists: files, folders, functions and other names of the code.

Looked at are comments of C++, CUDA, CMake, shell and Python, Python's docstrings, and Markdown. A word is taken for

- a path, if it begins with a folder of this repository (host/engine/backends.h, kernels/*.cuh): that file or folder must exist;
- a file, if it ends as sources do (run_fields.h, report.py): a file of that name must be somewhere;
- a name, if () follows it; in a comment also if backticks stand around it, or if it has underscores or capitals inside; on a
  page only if it has both: it must stand in code, or in one of the files that code reads, somewhere.

Words in capitals stand for what the reader puts there (host/NAME). Names of other projects are listed in FOREIGN.
"""

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from source_files import CPP, ROOT, source_files

FOREIGN = {
    "policy.py", "simulate.py", "train.py", "utils.py", "eomdp_policy",  # the reference's code
    "sysexits.h", "GitHub",
    "camera.h", "camera_check",  # what a reader exports
    "network_weights",  # a column whose name code puts together
    "PyTables", "PyTorch", "ImageNet", "MacQueen",
}  # fmt: skip
SOURCES = "h|cpp|cu|cuh|hpp|py|sh|md|cmake|css|js"
# results/ is where runs write: nobody knows what readers have there.
TOPS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(("build", ".git", "results")))
PATH = re.compile(r"(?<![\w./~$<{-])((?:" + "|".join(map(re.escape, TOPS)) + r")/[\w./*{},-]*[\w*/}])(?![\w/<$(])")
FILE = re.compile(r"(?<![\w./*{}$<>-])([\w-]+\.(?:" + SOURCES + r"))(?![\w/])")
FUNCTION = re.compile(r"(?<![\w.$/])((?:\w+::)*~?[A-Za-z_]\w*)\(\)")
QUOTED = re.compile(r"`((?:\w+::)*[A-Za-z_]\w*)`")
WRITTEN = re.compile(r"(?<![\w./*{<-])((?:[a-z][a-z0-9]+_)+[a-z][a-z0-9]+|(?:[A-Z][a-z0-9]+){2,})(?![\w./*}>{-])")
DATA = (".json", ".csv", ".html", ".css", ".js", ".txt", ".toml")
WORD = re.compile(r"[A-Za-z_]\w*")
SLASHES = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'|(//[^\n]*|/\*.*?\*/)", re.DOTALL)


def cpp_parts(text: str) -> tuple[str, str]:
    """(comments, code), both with the text's line breaks."""
    comments, code, end = [], [], 0
    for match in SLASHES.finditer(text):
        if match.group(1) is None:
            continue
        between = text[end : match.start()]
        code.append(between)
        comments.append("\n" * between.count("\n") + match.group())
        code.append("\n" * match.group().count("\n"))
        end = match.end()
    return "".join(comments), "".join(code) + text[end:]


def hash_parts(text: str) -> tuple[str, str]:
    """The same for shell and CMake: a comment begins at a # that is the first of a line or has a blank before it."""
    comments, code = [], []
    for line in text.splitlines():
        match = re.search(r"(?:^|(?<=\s))#.*", line)
        comments.append(match.group() if match else "")
        code.append(line[: match.start()] if match else line)
    return "\n".join(comments), "\n".join(code)


def python_parts(text: str) -> tuple[str, str]:
    comments: dict[int, str] = {}
    code = text.splitlines()
    statement = True  # a string that is a statement by itself is a docstring
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and statement):
            for offset, line in enumerate(token.string.splitlines()):
                comments[token.start[0] + offset] = line
                code[token.start[0] + offset - 1] = code[token.start[0] + offset - 1].replace(line, "")
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
    lines = range(1, len(code) + 1)
    return "\n".join(comments.get(line, "") for line in lines), "\n".join(code)


@cache
def parts(path: Path) -> tuple[str, str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix in CPP:
        return cpp_parts(text)
    if path.suffix == ".py":
        return python_parts(text)
    if path.suffix == ".md":
        return text, ""
    return hash_parts(text)


def looked_at(path: Path) -> bool:
    return path.suffix in (*CPP, ".py", ".md", ".sh", ".cmake") or path.name in ("CMakeLists.txt", "run")


class Names:
    """Everything that there is to be named."""

    def __init__(self, files: list[Path]) -> None:
        self.paths = {str(path.relative_to(ROOT)) for path in files}
        for path in list(self.paths):
            self.paths.update(str(parent) for parent in Path(path).parents)
        self.files = {Path(path).name for path in self.paths}
        self.words = set(WORD.findall(" ".join(self.files)))
        for path in files:
            if looked_at(path):
                self.words.update(WORD.findall(parts(path)[1]))
            elif path.suffix in DATA:
                self.words.update(WORD.findall(path.read_text(encoding="utf-8")))

    def unknown(self, line: str, is_comment: bool) -> Iterator[str]:
        for name in PATH.findall(line):
            if not self.has_path(name.rstrip("/.")):
                yield name
        for name in FILE.findall(line):
            if name not in self.files and not Path(name).stem.isupper():
                yield name
        candidates = FUNCTION.findall(line)
        if is_comment:
            candidates += QUOTED.findall(line) + WRITTEN.findall(line)
        else:
            candidates += [name for name in QUOTED.findall(line) if WRITTEN.fullmatch(name)]
        for name in candidates:
            if not self.has_word(name.split("::")[-1].lstrip("~")):
                yield name

    def has_path(self, name: str) -> bool:
        if "*" in name or "{" in name:
            pattern = re.sub(r"\{[^}]*\}", "*", name)
            return any(fnmatch(path, pattern) for path in self.paths)
        placeholder = Path(name).stem.isupper() and not name.endswith(".md")
        return placeholder or name in self.paths or any(path.startswith(f"{name}.") for path in self.paths)

    def has_word(self, word: str) -> bool:
        return word in self.words or word.removesuffix("s") in self.words


def main() -> int:
    files = list(source_files())
    names = Names(files)
    found = 0
    for path in filter(looked_at, files):
        for number, line in enumerate(parts(path)[0].splitlines(), start=1):
            for name in dict.fromkeys(names.unknown(line, is_comment=path.suffix != ".md")):
                if name not in FOREIGN:
                    print(f"{path.relative_to(ROOT)}:{number}: there is no {name}")
                    found += 1
    print(f"{found} names of what does not exist")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
