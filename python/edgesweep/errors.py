"""What can go wrong, as exceptions. The program's messages arrive as these, with their parts."""

from __future__ import annotations


class EdgesweepError(Exception):
    """Whatever ended a command of edgesweep."""


class InputError(EdgesweepError, ValueError):
    """Bad input: a config, a dataset, a results file, an argument.

    Attributes, each "" where it does not apply: `file` as it was given; `place` in it, a JSON path (/base/rate), the name of an
    array or an option (--set); what was `found` there; what is `allowed`; the `nearest` known name.
    """

    def __init__(self, text: str, file: str = "", place: str = "", found: str = "", allowed: str = "", nearest: str = "") -> None:
        super().__init__(text)
        self.file = file
        self.place = place
        self.found = found
        self.allowed = allowed
        self.nearest = nearest

    @classmethod
    def of(cls, file: str, place: str, found: str, allowed: str) -> InputError:
        """The same message as the program would write."""
        where = f"{file}: {place}" if place else file
        return cls(f"{where}: found {found}; allowed: {allowed}", file, place, found, allowed)


class BusyError(EdgesweepError):
    """Another process is writing the results file, or has taken it over: try again later."""


class MachineError(EdgesweepError):
    """The machine refused something: memory, disk, threads, a GPU; or the program died."""


class InterruptedRunError(EdgesweepError):
    """A signal from elsewhere ended the run after its checkpoints; the same call continues it."""


class FailedRunsWarning(UserWarning):
    """Some runs of a sweep failed; `Results.failures` says which, and why."""
