"""Sweeps: planned and run by the program edgesweep in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from edgesweep import _program
from edgesweep._program import INTERRUPTED, Event
from edgesweep.errors import FailedRunsWarning
from edgesweep.results import Results

Config = str | os.PathLike[str] | Mapping[str, Any]
Settings = Mapping[str, Any]


def _config(config: Config) -> tuple[str, str | None]:
    """A config as the program takes it: CONFIG and what it reads from standard input."""
    if isinstance(config, Mapping):
        return "-", json.dumps(config)
    return os.fspath(config), None


def _changes(settings: Settings | None, scale: float | None) -> list[str]:
    arguments = []
    for key, value in (settings or {}).items():
        arguments += ["--set", f"{key}={json.dumps(value)}"]
    if scale is not None:
        arguments += ["--scale", str(scale)]
    return arguments


@dataclass(frozen=True)
class Plan:
    """What a sweep is before it runs: `edgesweep plan --json`."""

    name: str
    description: str
    swept: list[str]
    """Columns in which the runs differ, in the order of the sweep."""
    experiments: list[dict[str, Any]]
    """name, description, swept and ids of runs of each."""
    runs: pd.DataFrame
    """A row a run: id, dataset, each setting under its name in /runs, and what it costs (training_flop, memory_bytes, ...)."""
    configs: dict[str, dict[str, Any]]
    """By id: the resolved config, every setting with its value."""
    work_flop: float
    memory_bytes: float
    threads: int


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Members of members, under names with `_` for `.`."""
    row: dict[str, Any] = {}
    for name, member in value.items():
        if isinstance(member, dict):
            row |= _flat(member, f"{prefix}{name}_")
        else:
            row[prefix + name] = member
    return row


def plan(
    config: Config,
    *,
    set: Settings | None = None,
    scale: float | None = None,
    threads: int | None = None,
) -> Plan:
    """The runs of a config, with all their settings and what they cost; runs nothing.

    config: a JSON file (also one that comes with edgesweep, as "configs/quickstart.json"), or the same as a dict, whose relative
    paths start at the current folder. set: settings to change, as {"dqn.width": 64, "rate": [0.1, 0.2]}; a list sweeps. scale: a
    smaller size of everything, > 0 to 1. Raises InputError for what is wrong with them.
    """
    path, text = _config(config)
    arguments = ["plan", path, "--json", *_changes(set, scale)]
    if threads is not None:
        arguments += ["--threads", str(threads)]
    answer = json.loads(_program.ask(arguments, text))
    rows = [{"id": run["id"], "dataset": run["dataset"]} | _flat(run["config"]) | _flat(run["cost"]) for run in answer["runs"]]
    return Plan(
        name=answer["name"],
        description=answer["description"],
        swept=answer["swept"],
        experiments=answer["experiments"],
        runs=pd.DataFrame(rows),
        configs={run["id"]: run["config"] for run in answer["runs"]},
        work_flop=answer["work_flop"],
        memory_bytes=answer["memory_bytes"],
        threads=answer["threads"],
    )


Listener = Callable[[Event], None]


class _Bar:
    """Events as a progress bar of tqdm, in a terminal or a notebook."""

    def __init__(self) -> None:
        from tqdm.auto import tqdm

        self._tqdm = tqdm
        self._bar: Any = None

    def __call__(self, event: Event) -> None:
        kind = event["event"]
        if kind == "begin":
            self._bar = self._tqdm(total=event["runs"], unit="run", desc=event["name"])
        elif kind == "message":
            self._tqdm.write(event["text"])
        elif kind == "progress" and self._bar is not None:
            self._bar.update(event["runs_finished"] - self._bar.n)
            self._bar.set_postfix_str(_left(event))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _left(event: Event) -> str:
    if "search" in event:
        return f"search {event['search']['share']:.0%}"
    words = []
    if event.get("iterations_per_second"):
        words.append(f"{event['iterations_per_second']:.0f} Q iterations/s")
    if event.get("seconds_left") is not None:
        minutes, seconds = divmod(round(event["seconds_left"]), 60)
        words.append(f"{minutes}:{seconds:02} left")
    return ", ".join(words)


def run(
    config: Config,
    *,
    set: Settings | None = None,
    output: str | os.PathLike[str] | None = None,
    scale: float | None = None,
    backend: str = "auto",
    threads: int | None = None,
    memory: str | None = None,
    checkpoint_every: float | None = None,
    force: bool = False,
    drop: bool = False,
    progress: bool | Listener = True,
) -> Results:
    """Trains and simulates the runs of a config; a second call continues where the first one was stopped.

    config, set, scale: as for `plan`. output: the results file; without it results/NAME.h5, NAME that of the config file, or
    `name` in a dict. backend: "auto" (the GPU if there is one), "cpu" or "cuda"; results do not depend on it, nor on threads.
    memory: to stay within, as "2GB". checkpoint_every: seconds. force: begin again, also over results of another config.
    drop: give up what the file has and the config does not ask for. progress: a bar, none, or a function that gets each event
    (docs/python.md).

    Returns the results; warns with FailedRunsWarning if some runs failed. Raises InputError for bad input, BusyError if another
    process writes the file, MachineError if the machine refused something or the program died. Ctrl-C writes checkpoints and
    raises KeyboardInterrupt.
    """
    path, text = _config(config)
    if output is None and isinstance(config, Mapping):
        output = Path("results") / f"{config.get('name', 'sweep')}.h5"
    arguments = ["run", path, *_changes(set, scale), "--backend", backend]
    for option, value in (("-o", output), ("--threads", threads), ("--memory", memory), ("--checkpoint-every", checkpoint_every)):
        if value is not None:
            arguments += [option, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
    arguments += [option for option, wanted in (("--force", force), ("--drop", drop)) if wanted]
    bar = _Bar() if progress is True else None
    try:
        end = _execute(arguments, text, bar or (progress if callable(progress) else lambda event: None))
    finally:
        if bar is not None:
            bar.close()
    if end["failed"] > 0:
        text = f"{end['failed']} of {end['runs']} runs failed: Results.failures says why"
        warnings.warn(text, FailedRunsWarning, stacklevel=2)
    return Results(end["output"])


def _execute(arguments: list[str], text: str | None, listen: Listener) -> Event:
    """Runs a command to its end; its last event. In a session of its own, so Ctrl-C reaches it once, from here."""
    events: list[Event] = []
    with subprocess.Popen(
        [str(_program.program()), *arguments, "--progress", "json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        assert process.stdin is not None and process.stderr is not None
        try:
            _give(process.stdin, text)
            for line in process.stderr:
                event = _program.event_of(line)
                if event["event"] != "progress":
                    events.append(event)
                listen(event)
        except BaseException:
            _stop(process)
            raise
    exit_code = process.returncode
    end = next((event for event in events if event["event"] == "end"), None)
    if end is None or exit_code == INTERRUPTED or exit_code < 0:
        raise _program.error_of(exit_code, events)
    return end


def _give(stream: IO[str], text: str | None) -> None:
    try:
        stream.write(text or "")
        stream.close()
    except BrokenPipeError:
        pass  # it ended before it had read all: its messages say why


def _stop(process: subprocess.Popen[str]) -> None:
    """Lets the program write its checkpoints; a second Ctrl-C meanwhile ends it at once."""
    try:
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        process.stderr.read()  # it would wait for a reader
        process.wait()
    except KeyboardInterrupt:
        process.kill()
        raise
