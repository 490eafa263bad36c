#!/usr/bin/env python3
"""Writes the tables of settings into docs/config.md and those of result columns into docs/results.md.

    python3 docs/generate_tables.py build/edgesweep            writes them
    python3 docs/generate_tables.py build/edgesweep --check    writes nothing; exit code 1 where a page is stale

Settings come from configs/schema.json. Columns come from results files of two small sweeps, in which every column carries
its description (host/results/run_fields.h and its neighbours). Needs h5py. A table stands between the comments
`<!-- table: NAME -->` and `<!-- end of table -->`.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import h5py

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "configs" / "schema.json").read_text())
TABLE = re.compile(r"(<!-- table: (.*?) -->\n).*?(<!-- end of table -->)", re.DOTALL)
Rows = list[tuple[str, ...]]

SMALL_DQN = {
    "history_metrics": 3,
    "width": 4,
    "batch": 8,
    "mini_batches": 2,
    "schedule": [{"iterations": 2, "learning_rate": 0.001}],
    "evaluate_every": 1,
    "training_sequences": {"sequences": 1, "images": 100},
    "validation": {"sequences": 1, "images": 100},
}
POLICY_COLUMN = re.compile(r"(?:weak|strong|lower_bound|baseline|mdp|dqn)_(loss|loss_se|offload_rate)")
POLICIES = ["weak", "strong", "lower_bound", "baseline", "mdp", "dqn"]


def markdown(head: tuple[str, ...], rows: Rows) -> str:
    """A table whose cells hold no line breaks."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# Settings


def allowed(schema: dict[str, Any]) -> str:
    """What values a setting may have, in words."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "boolean":
        return "`true`, `false`"
    kind = {"integer": "whole number", "number": "number", "string": "text", "array": "list", "object": "object"}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    text = " or ".join(kind[name] for name in kinds)
    if "exclusiveMinimum" in schema:
        text += f" above {schema['exclusiveMinimum']}"
    if "minimum" in schema:
        text += f" from {schema['minimum']}"
    if "maximum" in schema:
        text += f" to {schema['maximum']}"
    if "exclusiveMaximum" in schema:
        text += f" below {schema['exclusiveMaximum']}"
    return text


def default_of(schema: dict[str, Any]) -> str:
    if "default" not in schema or schema["default"] in ({}, ""):
        return ""
    values = schema["default"]
    if isinstance(values, list) and len(values) > 6 and all(isinstance(value, (int, float)) for value in values):
        step = values[1] - values[0]
        even = all(abs(values[0] + i * step - value) < 1e-9 for i, value in enumerate(values))
        return f"`{values[0]}` to `{values[-1]}` by `{round(step, 9)}`" if even else f"{len(values)} values, see the schema"
    return f"`{json.dumps(values)}`"


def recipe_defaults(name: str) -> str:
    """Other defaults of a setting of dqn, by recipe."""
    text = ""
    for rule in SCHEMA["properties"]["base"]["properties"]["dqn"]["allOf"]:
        recipe = rule["if"]["properties"]["recipe"]["const"]
        if name in rule["then"]["properties"]:
            text += f"; {recipe}: {default_of(rule['then']['properties'][name])}"
    return text


def follow(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what its $ref says."""
    if "$ref" not in schema:
        return schema
    return {**SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]], **schema}


def setting_rows(schema: dict[str, Any], prefix: str = "") -> Rows:
    """A row for each setting of an object, and for those of objects in it; a $ref has a table of its own."""
    rows: Rows = []
    for name, member in schema["properties"].items():
        full = prefix + name
        if member.get("properties") and "$ref" not in member:
            rows += [(f"`{full}`", "", "", member["description"]), *setting_rows(member, full + ".")]
            continue
        default = default_of(member)
        if prefix == "dqn.":
            default += recipe_defaults(name)
        rows.append((f"`{full}`", allowed(follow(member)), default, member["description"]))
        for part, inner in member.get("items", {}).get("properties", {}).items():
            rows.append((f"`{part}` in `{full}`", allowed(inner), default_of(inner), inner["description"]))
    return rows


def settings_table(name: str) -> str:
    """name: "config", "base", an object of base, or a definition."""
    head = ("setting", "allowed", "default", "meaning")
    base = SCHEMA["properties"]["base"]
    if name == "config":
        members = {key: value for key, value in SCHEMA["properties"].items() if key != "$schema"}
        rows = [(f"`{key}`", allowed(value), default_of(value), value["description"]) for key, value in members.items()]
    elif name == "base":
        plain = {key: value for key, value in base["properties"].items() if "properties" not in value}
        rows = setting_rows({"properties": plain})
    elif name in base["properties"] and "properties" in base["properties"][name]:
        rows = setting_rows({"properties": {name: base["properties"][name]}})
    else:
        rows = setting_rows(SCHEMA["definitions"][name], name + "." if name != "axis" else "")
    return markdown(head, rows)


# Columns


def results_files(program: Path, folder: Path) -> list[Path]:
    """Results files that have every table between them."""
    base = {
        "dataset": str(ROOT / "experiments" / "datasets" / "imagenet_top5.npz"),
        "metric_sequence": {"type": "local_reset"},
        "policies": POLICIES,
        "dqn": SMALL_DQN,
        "test": {"sequences": 2, "images": 200},
        "store": {"statistics": True, "traces": {"sequences": 1, "images": 100}},
    }
    search = {"rates": [0.1, 0.2], "depths": [1, 2], "sequences": 1, "images": 100}
    cameras = {
        "dataset": base["dataset"],
        "devices": {"count": 2, "search": search},
        "policies": ["weak", "hierarchical"],
        "test": base["test"],
    }
    configs = {"one": {"base": base, "sweep": {"rate": [0.1], "depth": [4]}}, "many": {"base": cameras}}
    paths = []
    for name, config in configs.items():
        (folder / f"{name}.json").write_text(json.dumps(config))
        path = folder / f"{name}.h5"
        subprocess.run([program, "run", folder / f"{name}.json", "-o", path, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        paths.append(path)
    subprocess.run([program, "compare", paths[0]], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return paths


def text_of(attribute: Any) -> str:
    return attribute.decode() if isinstance(attribute, bytes) else str(attribute)


def column_rows(table: h5py.Dataset) -> Rows:
    """A row for each column; one for all settings, and one for all policies."""
    rows: Rows = []
    for name in table.dtype.names:
        policy = POLICY_COLUMN.fullmatch(name)
        shown = f"`<policy>_{policy[1]}`" if policy else f"`{name}`"
        description = text_of(table.attrs.get(name, ""))
        if table.name in ("/runs", "/summary") and not description and name != "policy":
            shown, description = "settings", "each under its name in the config, with `_` for `.`"
        if name == "description":  # the attribute of this name is the table's
            description = "in words"
        if shown not in [row[0] for row in rows]:
            rows.append((shown, description))
    return rows


def column_tables(program: Path) -> dict[str, str]:
    """Table of the results file to its columns, with what the table holds above them."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in results_files(program, Path(folder)):
            with h5py.File(path) as file:
                for name, table in file.items():
                    if isinstance(table, h5py.Dataset) and name not in found and len(table):
                        words = text_of(table.attrs["description"])
                        found[name] = f"{words}\n\n" + markdown(("column", "meaning"), column_rows(table))
    return found


def tables_of(page: str, program: Path) -> str:
    """The page with its tables as they are now."""
    columns = column_tables(program) if "<!-- table: /" in page else {}

    def fresh(match: re.Match[str]) -> str:
        name = match[2]
        table = columns[name[1:]] if name.startswith("/") else settings_table(name)
        return f"{match[1]}\n{table}\n{match[3]}"

    return TABLE.sub(fresh, page)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="build/edgesweep")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a page is stale")
    arguments = parser.parse_args()
    stale = []
    for name in ("config.md", "results.md"):
        path = ROOT / "docs" / name
        page = path.read_text()
        fresh = tables_of(page, arguments.program.resolve())
        if fresh != page:
            stale.append(f"docs/{name}")
            if not arguments.check:
                path.write_text(fresh)
    if stale and arguments.check:
        mended = "python3 docs/generate_tables.py build/edgesweep"
        print(f"Stale tables in {', '.join(stale)}. This writes them: {mended}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
