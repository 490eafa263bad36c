"""What the program edgesweep says, as JSON."""

import json
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / "build" / "edgesweep"


def add_argument(parser) -> None:
    parser.add_argument(
        "--edgesweep", type=Path, metavar="PROGRAM", default=PROGRAM if PROGRAM.exists() else None,
        help="the built program, for what it measures and compares [build/edgesweep, if it is there]",
    )  # fmt: skip


def answer(program: Path, *arguments: str | Path) -> dict | str:
    """What a command prints as JSON, or its message if it fails."""
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    return done.stderr.strip() or f"{program} ended with {done.returncode}"


def decision_ms(program: Path | None, results: list[Path]) -> float | None:
    """Median time of one DQN decision on this processor, milliseconds, for the first file with stored weights."""
    for path in results if program else ():
        said = answer(program, "latency", path, "--json", "--decisions", "20000")
        if isinstance(said, dict):
            return said["median_us"] / 1000
    return None
