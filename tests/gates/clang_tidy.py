#!/usr/bin/env python3
"""clang-tidy, with the checks of .clang-tidy, over the files that are compiled.

    clang_tidy.py PROGRAM BUILD [--all] [--analyzer] [-j N] [FILE ...]

Without --all and FILEs: what lies in host/ and kernels/, and the headers that this includes. Without --analyzer: all checks but
clang-analyzer-*, which take four times as long as all others together. Each file is checked once, however many targets compile
it, and again only after a change of it, of a header of ours that it includes, of .clang-tidy or of the version: stamps are kept
in BUILD/gates/tidy. Exit code 77 (skipped) where PROGRAM is missing.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from source_files import ROOT

SKIPPED = 77
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
WITHOUT_ANALYZER = "--checks=-clang-analyzer-*"
EMULATED = "-DCUDA_EMULATED"
UNKNOWN_TO_CLANG = ("-fno-tree-loop-distribute-patterns", "-fno-version-loops-for-strides")


def entries(build: Path) -> Iterator[dict]:
    """The build's compile commands; for sources that CMake compiles as one, the same command for each of them."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        together = Path(entry["file"])
        if together.parent.name != "Unity":
            yield entry
        elif together.exists():
            for source in INCLUDE.findall(together.read_bytes()):
                command = entry["command"].replace(entry["file"], source.decode())
                yield {**entry, "file": source.decode(), "command": command}


def commands(build: Path) -> dict[Path, dict]:
    """One compile command for each file of ours, in the order of the build: a C++ compiler's, not nvcc's, and that of the
    emulation of CUDA where the file is compiled with and without it."""
    found = {}
    for entry in entries(build):
        path = Path(entry["file"])
        ours = path.is_relative_to(ROOT) and not path.is_relative_to(build) and path.exists()
        if ours and "nvcc" not in Path(entry["command"].split()[0]).name:
            words = [word for word in entry["command"].split(" ") if word not in UNKNOWN_TO_CLANG]
            if path not in found or (EMULATED in words and EMULATED not in found[path]["command"]):
                found[path] = {**entry, "command": " ".join(words)}
    return found


@cache
def included(path: Path) -> frozenset[Path]:
    """The file and all files of ours that it includes, however deep."""
    found, open_ = {path}, [path]
    while open_:
        current = open_.pop()
        for name in INCLUDE.findall(current.read_bytes()):
            for folder in (ROOT, current.parent, ROOT / "tests" / "emulation" / "include"):
                header = folder / name.decode()
                if header.is_file() and header not in found:
                    found.add(header)
                    open_.append(header)
    return frozenset(found)


class Tidy:
    def __init__(self, program: str, build: Path, analyzer: bool) -> None:
        self.program, self.analyzer = program, analyzer
        self.folder = build / "gates" / "tidy"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.commands = commands(build)
        (self.folder / "compile_commands.json").write_text(json.dumps(list(self.commands.values())))
        self.version = subprocess.run([program, "--version"], capture_output=True, check=True).stdout

    def stamp(self, path: Path) -> Path:
        settings = [folder / ".clang-tidy" for folder in path.parents if (folder / ".clang-tidy").exists()]
        digest = hashlib.sha256(self.version + self.commands[path]["command"].encode())
        for file in settings:
            digest.update(file.read_bytes())
        for file in sorted(included(path)):
            digest.update(str(file).encode() + file.read_bytes())
        return self.folder / f"{digest.hexdigest()[:32]}.{'full' if self.analyzer else 'quick'}"

    def check(self, path: Path) -> str | None:
        """None where the file is clean, else what clang-tidy says."""
        stamp = self.stamp(path)
        if stamp.exists():
            return None
        command = [self.program, "-p", self.folder, "--quiet", *([] if self.analyzer else [WITHOUT_ANALYZER]), path]
        result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        if result.returncode != 0:
            return result.stdout + "".join(line for line in result.stderr.splitlines(True) if "error" in line)
        stamp.touch()
        return None


def findings(texts: Iterator[str | None]) -> int:
    """Prints each line of the same header once; the number of files with findings."""
    printed: set[str] = set()
    failed = 0
    for text in filter(None, texts):
        failed += 1
        for block in re.split(r"(?=^/\S+:\d+:\d+: (?:error|warning):)", text, flags=re.MULTILINE):
            if block not in printed:
                printed.add(block)
                print(block.replace(f"{ROOT}/", ""), end="", flush=True)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("build", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--analyzer", action="store_true")
    parser.add_argument("-j", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_intermixed_args()
    if shutil.which(arguments.program) is None:
        print(f"skipped: no {arguments.program}; tests/run.sh installs it")
        return SKIPPED
    tidy = Tidy(arguments.program, arguments.build.resolve(), arguments.analyzer)
    product = (ROOT / "host", ROOT / "kernels")
    paths = [path.resolve() for path in arguments.files]
    if not paths:
        paths = [path for path in tidy.commands if arguments.all or any(map(path.is_relative_to, product))]
    assert paths, "no file is compiled"
    with ThreadPoolExecutor(arguments.j) as pool:
        failed = findings(pool.map(tidy.check, paths))
    print(f"clang-tidy: {len(paths)} files, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
