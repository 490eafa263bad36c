"""The program edgesweep: where it is, and how it is asked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from edgesweep.errors import BusyError, EdgesweepError, InputError, InterruptedRunError, MachineError

Event = dict[str, Any]

BAD_INPUT, TRY_AGAIN, INTERRUPTED = 2, 75, 130


def program() -> Path:
    """The program to start: that of EDGESWEEP_PROGRAM, the package's, that of the source tree around it, or one on PATH.

    Raises MachineError if there is none.
    """
    package = Path(__file__).resolve().parent
    given = os.environ.get("EDGESWEEP_PROGRAM")
    if given:
        return Path(given)
    for candidate in (package / "bin" / "edgesweep", package.parents[1] / "build" / "edgesweep"):
        if candidate.is_file():
            return candidate
    found = shutil.which("edgesweep")
    if found is None or os.path.realpath(found) == os.path.realpath(sys.argv[0]):  # the console script itself
        raise MachineError(
            "no program edgesweep: not in this package, not in build/ of its source tree, not on PATH; "
            "EDGESWEEP_PROGRAM may name it"
        )
    return Path(found)


def main() -> None:
    """The console script `edgesweep`: becomes the bundled program."""
    binary = str(program())
    os.execv(binary, [binary, *sys.argv[1:]])


def event_of(line: str) -> Event:
    """A line of standard error: an event, or a message of something that does not know about events."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    return event if isinstance(event, dict) and "event" in event else {"event": "message", "text": line.rstrip("\n")}


def error_of(exit_code: int, events: Iterable[Event]) -> EdgesweepError:
    """The exception for a command that ended with this code after these events."""
    said = [event for event in events if event["event"] == "error"]
    texts = [str(event["text"]) for event in events if event["event"] == "message"]
    text = str(said[-1]["text"]) if said else "\n".join(texts)
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        return MachineError(f"the program edgesweep was ended by {name}" + (f"; it said: {text}" if text else ""))
    if exit_code == BAD_INPUT:
        parts = said[-1] if said else {}
        return InputError(text, *(str(parts.get(name, "")) for name in ("file", "place", "found", "allowed", "nearest")))
    if exit_code == TRY_AGAIN:
        return BusyError(text)
    if exit_code == INTERRUPTED:
        return InterruptedRunError(text or "the run was interrupted after its checkpoints; the same call continues it")
    return MachineError(text or f"the program edgesweep ended with exit code {exit_code}")


def ask(arguments: Sequence[str], text: str | None = None) -> str:
    """What a command writes to standard output. text: its standard input. Raises what `error_of` says."""
    command = [str(program()), *arguments, "--progress", "json"]
    done = subprocess.run(
        command, input=text or "", capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode != 0:
        raise error_of(done.returncode, [event_of(line) for line in done.stderr.splitlines()])
    return done.stdout
