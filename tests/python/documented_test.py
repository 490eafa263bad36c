#!/usr/bin/env python3
"""Runs the Python of docs/python.md, in order, in a folder that has configs/ and experiments/ as a reader's has."""

import os
import re
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "python.md"


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    if len(blocks) < 4:
        raise SystemExit(f"{PAGE}: found {len(blocks)} blocks of Python; there should be 4 at least")
    names: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in ("configs", "experiments"):
            Path(name).symlink_to(ROOT / name)
        for number, block in enumerate(blocks, 1):
            print(f"--- block {number}")
            try:
                exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
            except Exception:
                traceback.print_exc()
                raise SystemExit(f"{PAGE}: block {number} fails") from None


if __name__ == "__main__":
    main()
