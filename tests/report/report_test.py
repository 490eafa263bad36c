#!/usr/bin/env python3
"""The report in a browser: a small sweep is run and its page looked at as on a phone, on a desk and on paper.

    tests/report/report_test.py build/edgesweep [--keep FOLDER]

Looked for: what lies beside the page's width, errors of its script, white screenshots, addresses in the network, and
that sorting and filtering do what they say. --keep leaves page and screenshots there. Exit code 77 (skipped) without
chromium-headless-shell (Debian package; tests/run.sh installs it).
"""

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.image import imread

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77
SIZES = {"phone": (360, 740), "desk": (1280, 900)}
CONFIG = {
    "name": "small report",
    "description": "Two settings, a few iterations: what a page needs and no more. <b>No markup</b> & more.",
    "base": {
        "dataset": str(ROOT / "experiments" / "datasets" / "imagenet_top5.npz"),
        "metric_sequence": {"type": "local_reset", "spread": 0.1},
        "dqn": {"schedule": [{"iterations": 2, "learning_rate": 1e-3}], "mini_batches": 4, "evaluate_every": 0},
        "test": {"sequences": 2, "images": 2000},
        "store": {"traces": {"sequences": 1, "images": 1000}},
    },
    "sweep": {"metric_sequence.reset_probability": [0.1, 0.01], "depth": [4, 20], "seed": [1, 2]},
}
# Runs before the page's own script and after it: collects errors, sorts and filters, and leaves what it saw there.
PROBE_FIRST = """<script>
window.seen = {errors: []};
addEventListener("error", (event) => seen.errors.push(String(event.message)));
for (const kind of ["error", "warn"]) console[kind] = (...words) => seen.errors.push(words.join(" "));
</script>"""
PROBE_LAST = """<script>
addEventListener("load", () => {
  const table = document.querySelector("#runs table");
  const headings = Array.from(table.tHead.rows[0].cells);
  const heading = headings.find((cell) => cell.textContent === "dqn");
  const column = () => Array.from(table.tBodies[0].rows, (row) => Number(row.cells[heading.cellIndex].dataset.value));
  heading.querySelector("button").click();
  seen.up = column();
  heading.querySelector("button").click();
  seen.down = column();
  const filter = document.getElementById("filter");
  filter.value = "RES 0.01";
  filter.dispatchEvent(new Event("input"));
  seen.filtered = Array.from(table.tBodies[0].rows, (row) => (row.hidden ? "" : row.textContent)).filter(Boolean);
  filter.value = "";
  filter.dispatchEvent(new Event("input"));
  seen.count = document.getElementById("count").textContent;
  seen.width = innerWidth;
  seen.page = document.documentElement.scrollWidth;
  seen.height = document.documentElement.scrollHeight;
  seen.wide = Array.from(document.querySelectorAll("body *"))
    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1 && !part.closest(".scroll, nav, pre"))
    .map((part) => `${part.tagName} ${part.id}`);
  seen.figures = Array.from(document.querySelectorAll("figure"), (part) => part.id);
  seen.ids = Array.from(document.querySelectorAll("[id]"), (part) => part.id);
  document.body.insertAdjacentHTML("beforeend", `<pre id="probe" hidden></pre>`);
  document.getElementById("probe").textContent = JSON.stringify(seen);
});
</script>"""


def browser(*options: str) -> str:
    command = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def looked_at(page: Path, folder: Path, size: tuple[int, int]) -> dict:
    """What the probe saw in a window of this size."""
    text = page.read_text(encoding="utf-8").replace("<head>", "<head>" + PROBE_FIRST, 1)
    probed = folder / "probed.html"
    probed.write_text(text.replace("</body>", PROBE_LAST + "</body>", 1), encoding="utf-8")
    shown = browser(f"--window-size={size[0]},{size[1]}", "--dump-dom", probed.as_uri())
    answer = shown.rpartition('<pre id="probe"')[2].partition(">")[2].partition("</pre>")[0]
    assert answer.startswith("{"), "the page's script did not get to its end"
    return json.loads(html.unescape(answer))


def check_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    outside = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(https?:[^"\' )>]*)', text)
    assert not outside, f"the page loads from the network: {outside}"
    assert "<b>No markup</b>" not in text, "the description is not escaped"


def check_seen(name: str, seen: dict, runs: int) -> None:
    assert not seen["errors"], f"{name}: errors of the page: {seen['errors']}"
    assert seen["width"] == SIZES[name][0], f"{name}: the window is {seen['width']} wide"
    assert seen["page"] <= seen["width"], f"{name}: the page is {seen['page']} wide: {seen['wide']}"
    assert not seen["wide"], f"{name}: beyond the right edge: {seen['wide']}"
    assert seen["up"] == sorted(seen["up"]) and len(set(seen["up"])) > 1, f"{name}: not ascending: {seen['up']}"
    assert seen["down"] == sorted(seen["down"], reverse=True), f"{name}: not descending: {seen['down']}"
    assert len(seen["filtered"]) == runs // 2, f"{name}: filter left {seen['filtered']}"
    assert all("reset 0.01" in row for row in seen["filtered"]), seen["filtered"]
    assert seen["count"] == f"{runs} runs", seen["count"]
    assert {"figure-4", "figure-5a", "figure-7a", "figure-7b"} <= set(seen["figures"]), seen["figures"]
    assert len(seen["ids"]) == len(set(seen["ids"])), f"{name}: ids occur twice"


def check_picture(name: str, path: Path) -> None:
    """Neither white nor of one colour, from the top to the bottom; blank stretches are short."""
    picture = imread(path)[..., :3]
    inked = (picture < 0.97).any(axis=(1, 2))
    blank = np.diff(np.flatnonzero(np.concatenate([[True], inked, [True]]))).max()
    colours = len(np.unique((picture[::5, ::5] * 16).astype(int) @ (1, 100, 10_000)))
    assert inked.mean() > 0.5, f"{name}: only {inked.mean():.0%} of the rows have ink"
    assert blank < 400, f"{name}: {blank} rows in a row are blank"
    assert colours > 40, f"{name}: {colours} colours"


def make_page(program: Path, folder: Path) -> Path:
    config, results, page = folder / "small.json", folder / "small.h5", folder / "report.html"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    subprocess.run([program, "run", config, "-o", results], check=True, stdout=subprocess.DEVNULL)
    report = [sys.executable, ROOT / "experiments" / "report.py", results, "-o", page, "--edgesweep", program]
    subprocess.run(report, check=True)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        page = make_page(arguments.program.resolve(), folder.resolve())
        check_page(page)
        if shutil.which("chromium-headless-shell") is None:
            print("skipped: no chromium-headless-shell; the page was made, but not looked at")
            sys.exit(SKIPPED)
        for name, size in SIZES.items():
            seen = looked_at(page, folder, size)
            check_seen(name, seen, runs=8)
            picture = folder / f"{name}.png"
            browser(f"--window-size={size[0]},{seen['height']}", f"--screenshot={picture}", page.resolve().as_uri())
            check_picture(name, picture)
        paper = folder / "paper.pdf"
        browser("--no-pdf-header-footer", f"--print-to-pdf={paper}", page.resolve().as_uri())
        assert paper.read_bytes().startswith(b"%PDF") and paper.stat().st_size > 20_000, "nothing was printed"
    print(
        "the report reads well at", ", ".join(f"{width} x {height}" for width, height in SIZES.values()), "and on paper"
    )


if __name__ == "__main__":
    main()
