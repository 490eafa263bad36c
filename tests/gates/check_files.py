#!/usr/bin/env python3
"""One tool over all files that it is for: check_files.py clang-format|shellcheck PROGRAM.

Fails where the tool finds something; exit code 77 (skipped) where PROGRAM is missing. On failure the command that mends or shows
the findings is printed.
"""

import shutil
import subprocess
import sys

from source_files import CPP, ROOT, shell_scripts, source_files

SKIPPED = 77


def main() -> int:
    tool, program = sys.argv[1:3]
    if shutil.which(program) is None:
        print(f"skipped: no {program}; tests/run.sh installs it")
        return SKIPPED
    if tool == "clang-format":
        options = ["--dry-run", "-Werror"]
        files = [path for path in source_files() if path.suffix in CPP]
    else:
        options = []
        files = shell_scripts()
    assert files, f"no file for {tool}"
    result = subprocess.run([program, *options, *(str(path.relative_to(ROOT)) for path in files)], cwd=ROOT)
    if result.returncode != 0 and tool == "clang-format":
        print(f"Mend with: {program} -i FILE")
    print(f"{tool}: {len(files)} files")
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
