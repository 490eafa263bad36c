"""Counts what the machine code of train_kernel costs: see sass_report.sh."""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import machine
import program

# Inputs, hidden layers, width, batch, then rate and depth as refill, cost and capacity, and what the outputs stand for.
SHAPES = {
    "published-71": "96 5 64 128 1 10 40 action_values",
    "published-781": "96 5 64 128 1 20 400 action_values",
    "default-41": "32 3 32 64 1 10 40 after_states",
    "default-391": "32 3 32 64 1 20 390 after_states",
}
# Where the parameters of a kernel begin in the constant bank.
PARAMETERS = {80: 0x160, 90: 0x210, 100: 0x380, 120: 0x380}
UNROLLED = ("train_kernel", "training_step", "block_multiply", "by_rows", "transposed", "at", "fused_multiply_add")
TOLERANCE = 0.01


class Task:
    """What sass_task prints: see there."""

    def __init__(self, text):
        self.memory = {}
        for line in text.splitlines():
            name, *values = line.split()
            if name == "parameters":
                self.parameters = [int(value, 16) for value in values]
            elif name == "work":
                self.multiply_adds = float(values[0])
            elif name != "shared":
                self.memory[int(name, 16)] = int(values[0], 16)

    def as_of_e91b80f(self):
        """No range of mini-batches: all of them, which the task counts. A panel of 64 outputs, behind all hidden buffers if there
        is room on an H100, else in scratch."""
        del self.parameters[2:4]
        stride, rows, buffers = self.parameters[2:5]
        mini_batches = min(self.memory) + 40
        self.memory[mini_batches] = 3
        floats = 2 * 16 * (132 + 68) + buffers * rows * stride + 64 * stride
        self.parameters[5:8] = [buffers, 64, int(4 * floats <= 227 * 1024 - 2560)]


class Constants(dict):
    """Words of the constant bank: parameters, and zeros where the compiler keeps what is its own."""

    def __missing__(self, address):
        return 0


def mini_batch(code, first_parameter, task):
    """A machine that has executed one mini-batch, and counts of it alone."""
    constants = Constants((first_parameter + 4 * i, word) for i, word in enumerate(task.parameters))
    run = machine.Machine(code, constants, task.memory)
    # The loop over mini-batches is the longest one.
    loops = [i for i in code if i.base == "BRA" and i.target is not None and i.target < i.address]
    head = max(loops, key=lambda i: i.address - i.target).target
    run.run_to(head, 1)
    run.clear()
    run.run_to(head, 1)
    return run


def terms(code, run):
    """(cycles, by bound, issue slots, multiply-adds in slots, pipe) by where instructions come from, most first."""
    rows = {}
    for i, instruction in enumerate(code):
        if not run.counts[i]:
            continue
        names = [name for name in instruction.functions if name not in UNROLLED]
        row = rows.setdefault(" ".join(names[:3]), [0.0] * 8)
        for b, bound in enumerate(machine.BOUNDS):
            row[b] += run.cycles[bound][i]
        slots = run.counts[i] / machine.SCHEDULERS
        row[4] += sum(run.cycles[bound][i] for bound in machine.BOUNDS)
        row[5] += slots
        row[6] += slots if instruction.name == "FFMA" else 0
        row[7] += run.wavefronts[i]
    return sorted(rows.items(), key=lambda item: -item[1][4])


def print_terms(code, run, total):
    print(f"{'cycles':>10}{'issue':>10}{'chain':>10}{'pipe':>10}{'L2':>8}{'slots':>10}{'FFMA':>9}{'moves':>9}  where")
    rest = [0.0] * 8
    for name, row in terms(code, run):
        if row[4] < total / 200:
            rest = [a + b for a, b in zip(rest, row, strict=True)]
            continue
        print_row(name, row)
    print_row("everything else", rest)


def print_row(name, row):
    issue, chain, pipe, l2, cycles, slots, multiply_adds, moves = (round(value) for value in row)
    print(f"{cycles:10}{issue:10}{chain:10}{pipe:10}{l2:8}{slots:10}{multiply_adds:9}{moves:9}  {name}")


def loops(code):
    """(instructions, kind of them) of innermost loops."""
    back = [(i.target, i.address) for i in code if i.base == "BRA" and i.target is not None and i.target < i.address]
    inner = [a for a in back if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in back)]
    return [[i for i in code if first <= i.address <= last] for first, last in sorted(inner)]


def print_counts(name, code):
    def kinds(instructions):
        groups = {"multiply-adds": ("FFMA",), "shared": ("LDS", "STS"), "global": ("LDG", "STG", "LD", "ST", "LDGSTS")}
        return ", ".join(f"{sum(i.base in bases for i in instructions)} {kind}" for kind, bases in groups.items())

    print(f"  {name}: {len(code)} instructions, {kinds(code)}")
    for loop in loops(code):
        if sum(i.base == "FFMA" for i in loop) >= 16:
            where = " ".join(n for n in loop[0].functions if n not in UNROLLED)
            print(f"    loop of {len(loop)}: {kinds(loop)}: {where}")


def faults(name, code):
    """What no training kernel may do."""
    found = []
    coherent = [i for i in code if i.base == "LDG" and re.search(r"\.(CONSTANT|NC)\b", i.name)]
    if coherent:
        found.append(f"{name}: {len(coherent)} non-coherent loads: weights and moments are written by the same kernel")
    spilt = [i for i in code if i.base in ("LDL", "STL")]
    if spilt:
        found.append(f"{name}: {len(spilt)} accesses to local memory: registers are spilt")
    return found


def read_expected(path):
    """cycles by (target, shape)."""
    with open(path) as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {(int(target), shape): int(cycles) for target, shape, cycles in rows}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nvcc", required=True)
    parser.add_argument("--nvdisasm", required=True)
    parser.add_argument("--task", required=True, help="the program sass_task")
    parser.add_argument("--include", default="/usr/include", help="where Random123 is")
    parser.add_argument("--sources", default=".", help="folder that has kernels/")
    parser.add_argument("--targets", default="80,90,100,120", help="to look at")
    parser.add_argument("--cycles", default="90", help="targets whose cycles are counted")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--expected")
    arguments = parser.parse_args()
    task = os.path.abspath(arguments.task)
    expected = read_expected(arguments.expected) if arguments.expected else {}
    os.chdir(arguments.sources)
    with open("kernels/train.h") as header:
        has_range = "MiniBatchRange" in header.read()
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for target in map(int, arguments.targets.split(",")):
            cubin = f"{folder}/train.cubin"
            program.compile_kernels(arguments.nvcc, "kernels/train.cu", target, arguments.include, cubin)
            code = program.read_kernels(arguments.nvdisasm, cubin)["train_kernel"]
            print(f"sm_{target}")
            print_counts("train_kernel", code)
            problems += faults(f"train_kernel for sm_{target}", code)
            for shape in arguments.shapes.split(",") if str(target) in arguments.cycles.split(",") else []:
                text = subprocess.run([task, *SHAPES[shape].split()], check=True, capture_output=True, text=True).stdout
                given = Task(text)
                if not has_range:
                    given.as_of_e91b80f()
                run = mini_batch(code, PARAMETERS[target], given)
                peak = given.multiply_adds / 128
                print(f"sm_{target} {shape}: {run.now:.0f} cycles a mini-batch, {peak:.0f} at the peak of multiply-adds ", end="")
                print(f"({100 * peak / run.now:.0f} %), {run.segments} segments")
                print_terms(code, run, run.now)
                wanted = expected.get((target, shape))
                if wanted and abs(run.now - wanted) > TOLERANCE * wanted:
                    problems.append(f"sm_{target} {shape}: {run.now:.0f} cycles, expected {wanted}: {arguments.expected}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
