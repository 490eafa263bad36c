"""All figures of the paper that a results file has runs for, ready to be drawn whole or panel by panel."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from figure_losses import CAPTION, loss_figure, loss_panels, panel_figure
from figure_testbed import testbed_caption, testbed_figure
from figure_traces import trace_caption, trace_figure, trace_of
from paper import LOSS_FIGURES, ORDER, TRACE_FIGURES, Published
from results_file import Results
from testbed_replay import policy_replays


class Messages:
    """What is missing in one figure, printed in one line."""

    def __init__(self, figure: str):
        self.figure = figure
        self.messages: list[str] = []

    def tell(self, message: str) -> None:
        if message not in self.messages:
            self.messages.append(message)

    def print(self) -> None:
        if self.messages:
            print(f"figure {self.figure}: {'; '.join(self.messages)}")


def skipped(figure: str, reason: str) -> None:
    print(f"figure {figure}: {reason}: skipped")


@dataclass(frozen=True)
class Drawn:
    """A figure of the paper: `whole` draws it, `panels` draw its parts; a figure in one part has no panels."""

    name: str
    title: str
    caption: str
    whole: Callable[[], Figure]
    panels: tuple[Callable[[], Figure], ...] = ()


def _losses(results: Results, published: Published) -> Iterator[Drawn]:
    for figure in LOSS_FIGURES:
        if not results.of_experiment(figure.experiment, figure.settings):
            skipped(figure.name, "no run in the results")
            continue
        messages = Messages(figure.name)
        panels = loss_panels(figure, results, published, messages.tell)
        messages.print()
        if panels:
            parts = tuple(partial(panel_figure, figure, panel, published) for panel in panels)
            yield Drawn(figure.name, figure.title, CAPTION, partial(loss_figure, figure, panels, published), parts)


def _testbed(results: Results, published: Published, latency_ms: float | None) -> Iterator[Drawn]:
    testbed = published.testbed()
    if testbed is None:
        skipped("4", f"no fig4_testbed.csv in {published.folder}")
        return
    replays = policy_replays(results, testbed)
    caption = testbed_caption(testbed, latency_ms)
    yield Drawn("4", "The testbed's images through our bucket", caption, partial(testbed_figure, testbed, replays))


def _traces(results: Results, published: Published) -> Iterator[Drawn]:
    for figure in TRACE_FIGURES:
        trace = trace_of(figure, results, published)
        if trace is None:
            skipped(figure.name, "no run with a stored trace in the results")
            continue
        title = f"{figure.title}, {figure.subtitle}"
        yield Drawn(figure.name, title, trace_caption(figure, trace), partial(trace_figure, figure, trace, published))


def drawn_figures(results: Results, published: Published, latency_ms: float | None = None) -> Iterator[Drawn]:
    """The figures in the paper's order, those without runs left out with a message."""
    found = [*_losses(results, published), *_testbed(results, published, latency_ms)]
    found += _traces(results, published)
    yield from sorted(found, key=lambda drawn: ORDER.index(drawn.name))
