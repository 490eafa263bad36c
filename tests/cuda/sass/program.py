"""The machine code of one kernel as nvdisasm prints it: instructions, their control bits, and the functions they come from."""

import functools
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

INSTRUCTION = re.compile(
    r"^\s+/\*([0-9a-f]{4,})\*/\s+(?:@(!?U?P[0-9T]+)\s+)?([A-Z][A-Za-z0-9_.]*)\s*([^;]*);\s+/\* 0x([0-9a-f]{16}) \*/"
)
SECOND_WORD = re.compile(r"^\s+/\* 0x([0-9a-f]{16}) \*/")
LABEL = re.compile(r"^(\.L_x_\d+|\$\w+|_Z\w+):")
LINE = re.compile(r'^\s*//## File "([^"]+)", line (\d+)')
FUNCTION = re.compile(r"^\s*(?:template.*>)?\s*(?:static )?(?:EDGESWEEP_DEVICE|EDGESWEEP_HD|__global__)\b")


@dataclass
class Instruction:
    """stall: cycles until the warp may issue its next one; write, read: the scoreboard that is set until the result is there or
    the operands are read (7: none); wait: scoreboards to wait for. functions: outermost first."""

    address: int
    guard: str
    name: str
    operands: list
    stall: int
    write: int
    read: int
    wait: tuple
    functions: tuple = ()
    labels: dict = field(default_factory=dict, repr=False)

    @property
    def base(self):
        return self.name.split(".", 1)[0]

    @property
    def target(self):
        """Address of the label that a branch names, or None."""
        for operand in self.operands:
            if operand.startswith("`("):
                return self.labels.get(operand[2:-1])
        return None


@functools.cache
def _function_heads(path):
    """(line, name) of each function that the file defines, by line."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return []
    heads = []
    for i, line in enumerate(lines):
        if not FUNCTION.match(line):
            continue
        text = re.sub(r"__launch_bounds__\([^)]*\)", "", " ".join(lines[i : i + 4]))
        name = re.search(r"(\w+)\s*\(", text)
        if name:
            heads.append((i + 1, name[1]))
    return heads


def _function_at(path, line):
    name = ""
    for first, candidate in _function_heads(path):
        if first > line:
            break
        name = candidate
    return name


def compile_kernels(nvcc, source, target, include, cubin):
    """Compiles a .cu file as the build does, with the lines of its instructions."""
    flags = ["-std=c++20", "-O3", "-fmad=false", "-lineinfo", "-I."]
    if include != "/usr/include":  # searched anyway; named again it would hide the compiler's own headers
        flags += ["-isystem", include]
    flags += ["-gencode", f"arch=compute_{target},code=sm_{target}", "-cubin"]
    subprocess.run([nvcc, *flags, "-o", cubin, source], check=True)


def read_kernels(nvdisasm, cubin):
    """Instructions of each kernel of a cubin, by its name."""
    text = subprocess.run([nvdisasm, "-c", "-hex", "-gi", cubin], check=True, capture_output=True, text=True).stdout
    kernels = {}
    for section in re.split(r"^\t\.section\t", text, flags=re.M)[1:]:
        name = re.match(r"\.text\.(\S+?),", section)
        if name:
            kernels[_readable(name[1])] = _instructions(section)
    return kernels


def _readable(mangled):
    """The last name of _ZN..N1name2...E that ends in _kernel."""
    names = re.findall(r"\d+([a-z_]*?(?:kernel|kernels))(?=[A-Z]|$)", mangled)
    return names[-1] if names else mangled


def _instructions(section):
    instructions, labels, functions, places = [], {}, (), []
    pending = None
    fresh = []  # labels that name the next instruction
    for line in section.splitlines():
        if label := LABEL.match(line):
            fresh.append(label[1])
        elif place := LINE.match(line):
            places.append((place[1], int(place[2])))
        elif match := INSTRUCTION.match(line):
            if places:
                # The innermost place comes first; each following line of a comment is one level further out.
                functions = tuple(dict.fromkeys(_function_at(*p) for p in reversed(places)))
                places = []
            address = int(match[1], 16)
            labels.update((name, address) for name in fresh)
            fresh = []
            pending = (address, match[2] or "", match[3], _split(match[4]))
        elif (second := SECOND_WORD.match(line)) and pending:
            control = int(second[1], 16) >> 41 & 0x1FFFFF
            wait = tuple(b for b in range(6) if control >> (11 + b) & 1)
            instructions.append(
                Instruction(*pending, control & 15, control >> 5 & 7, control >> 8 & 7, wait, functions, labels)
            )
            pending = None
    return instructions


def _split(text):
    return [operand.strip().replace(".reuse", "") for operand in text.split(",")] if text.strip() else []
