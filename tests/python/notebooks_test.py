#!/usr/bin/env python3
"""Executes a notebook of python/notebooks in a folder that has configs/ and experiments/ as a reader's has.

notebooks_test.py first_sweep
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    path = ROOT / "python" / "notebooks" / f"{sys.argv[1]}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    if any(cell.cell_type == "code" and (cell.outputs or cell.execution_count) for cell in notebook.cells):
        raise SystemExit(f"{path}: outputs are stored; clear them before it is committed")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("configs", "experiments"):
            (Path(folder) / name).symlink_to(ROOT / name)
        os.environ["MPLBACKEND"] = "agg"
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    errors = [output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    if errors:
        raise SystemExit(f"{path}: {errors[0]['evalue']}")
    print(f"{path.name}: {sum(bool(cell.get('outputs')) for cell in notebook.cells)} cells show something")


if __name__ == "__main__":
    main()
