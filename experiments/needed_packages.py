"""Python packages that a script needs: one line about those that are missing, in place of a traceback."""

import importlib.util
import sys
from pathlib import Path

# Where the name to import is not the package's.
DEBIAN = {"sklearn": "python3-sklearn"}
PIP = {"sklearn": "scikit-learn"}


def message(script: str, missing: list[str]) -> str:
    debian = " ".join(DEBIAN.get(name, f"python3-{name}") for name in missing)
    pip = " ".join(PIP.get(name, name) for name in missing)
    return (
        f"{script}: {sys.executable} has no {', '.join(missing)}; install with"
        f" `apt-get install {debian}` (Debian, for /usr/bin/python3) or `pip install {pip}`"
    )


def need_for_drawing() -> None:
    need("h5py", "matplotlib", "numpy")


def need(*names: str) -> None:
    """To be called before the imports. Ends the program if one is missing."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise SystemExit(message(Path(sys.argv[0]).name, missing))
