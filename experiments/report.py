#!/usr/bin/env python3
"""Writes a results file as one HTML page: summary, the paper's figures, comparison, all runs, provenance.

    experiments/report.py results/paper.h5 -o results/paper.html

The page needs no network, reads well on a phone and prints. Several files are read as one. Needs h5py,
jinja2, numpy and matplotlib.
"""

import argparse
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

from needed_packages import need, need_for_drawing

need_for_drawing()
need("jinja2")

import matplotlib.pyplot as plt
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib.figure import Figure

import program
import report_tables as tables
from figure_losses import CAPTION
from figure_style import use_style
from paper import EXPERIMENTS, PUBLISHED, Published
from paper_drawing import Drawn, drawn_figures
from report_comparison import compare, comparison_table, goal_card
from results_file import Results, Row

PAGE = EXPERIMENTS / "report"
TEMPLATES = Environment(
    loader=FileSystemLoader(PAGE), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
)


@dataclass(frozen=True)
class PageFigure:
    """One figure: panels in a grid that becomes a column on a phone, or one wide picture that scrolls there."""

    name: str
    title: str
    caption: str
    panels: list[Markup]
    whole: Markup | None

    @property
    def id(self) -> str:
        return self.name.lower()


def _shortened(attribute: re.Match[str]) -> str:
    """Coordinates in hundredths of a point: enough for any screen, and a third of the page's size less."""
    return re.sub(r"(\.\d\d)\d+", r"\1", attribute.group())


def inline_svg(figure: Figure, prefix: str, label: str) -> Markup:
    """The picture as an <svg> element; its ids begin with `prefix`, so that pictures do not share parts."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style .*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'\b(?:d|x|y|transform)="[^"]*"', _shortened, svg)
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1))


def page_figure(drawn: Drawn) -> PageFigure:
    prefix, label = f"f{drawn.name.lower()}", f"Figure {drawn.name}"
    panels = [inline_svg(draw(), f"{prefix}{part}", f"{label}, panel {part + 1}") for part, draw in enumerate(drawn.panels)]
    # What all figures of losses have in common is said once, above them.
    caption = "" if drawn.caption == CAPTION else drawn.caption
    return PageFigure(drawn.name, drawn.title, caption, panels, None if panels else inline_svg(drawn.whole(), prefix, label))


def reading(results: Results) -> str:
    """How to read the figures of losses."""
    words = f"Figures of losses: average top-5 loss upwards. {CAPTION} Shaded: interval over seeds."
    if any(name.startswith("clairvoyant") for name in results.runs[0]):
        words += " All metrics, all rewards: the best that a bucket allows to a policy that knows those of all images."
    return words


def page(results: Results, figures: list[Drawn], lines: list[Row], notes: list[str]) -> str:
    """The whole page; `lines` and `notes`: the comparison with the published losses."""
    links = [("summary", "Summary")] + [(f"figure-{drawn.name.lower()}", f"Fig. {drawn.name}") for drawn in figures]
    links += [("comparison", "Comparison")] if lines else []
    links += [("runs", "Runs"), ("provenance", "Provenance")]
    first = results.attributes[0]
    return TEMPLATES.get_template("page.html").render(
        title=first.get("name") or Path(str(first["path"])).stem,
        description=first.get("description") or "",
        style=Markup((PAGE / "style.css").read_text(encoding="utf-8")),
        script=Markup((PAGE / "table.js").read_text(encoding="utf-8")),
        links=links,
        cards=tables.cards(results) + goal_card(lines),
        reading=reading(results),
        figures=[page_figure(drawn) for drawn in figures],
        comparison=comparison_table(lines),
        notes=notes,
        runs=tables.run_table(results),
        provenance=tables.provenance(results),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+", help="results file(s) of edgesweep run")
    parser.add_argument("-o", "--output", type=Path, default=Path("report.html"), help="page to write [report.html]")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="folder of the published values")
    program.add_argument(parser)
    arguments = parser.parse_args()
    use_style()
    results, published = Results(arguments.results), Published(arguments.published)
    latency = program.decision_ms(arguments.edgesweep, arguments.results)
    figures = list(drawn_figures(results, published, latency))
    lines, notes = compare(arguments.edgesweep, results, published)
    unfinished = arguments.output.with_name(arguments.output.name + ".tmp")
    unfinished.write_text(page(results, figures, lines, notes), encoding="utf-8")
    os.replace(unfinished, arguments.output)
    print(arguments.output)


if __name__ == "__main__":
    main()
