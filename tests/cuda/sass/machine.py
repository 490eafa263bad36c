"""Executes a block of 8 warps instruction by instruction on one multiprocessor: where it goes is computed, how long it takes
follows from the control bits that the compiler gave each instruction and from one table of latencies.

From one barrier to the next, time is the longest of four: the issue slots of the busiest scheduler, the longest warp if it were
alone (stalls and scoreboards of its instructions in order), the load and store pipe (bank conflicts), and the bytes from and to
L2. Not counted: fetching instructions, waiting at a barrier beyond that, device memory."""

import numpy

import known_words
import operands as op
import semantics

WARPS = 8
SCHEDULERS = 4  # warp w issues by scheduler w % 4, one instruction a cycle
SHARED_WINDOW = semantics.SPECIAL["SR_SWINHI"] << 32  # generic addresses of shared memory

# Cycles from issue to result (where the compiler does not fix them in the control bits).
LATENCY = {
    "L2": 270,  # a load that misses L1; all weights, moments and windows are taken to be in L2
    "L1": 38,  # a load that hits L1
    "shared": 38,  # a load of shared memory
    "operands": 10,  # until a load or a store has read its registers
    "function unit": 18,  # MUFU, FCHK, conversions
    "constant": 12,  # LDC
    "special": 12,  # S2R, R2UR, P2R and others that set a scoreboard
    "double": 16,
}
BOUNDS = ("issue", "chain", "pipe", "L2")
SECTOR = 32  # bytes of global memory that an access moves at least; four of them take one slot of the pipe
LINE = 128  # bytes: what the block touched since the barrier before last is in L1, all else in L2
L2_BYTES_PER_CYCLE = 64

MOST_SEGMENTS, MOST_INSTRUCTIONS = 10**4, 10**6  # of a run, of a warp in a segment: more is a loop without end

FUNCTION_UNIT = ("MUFU", "FCHK", "F2F", "I2F", "F2I", "I2FP", "FRND")
LOADS = ("LDG", "LD", "LDS", "LDL")
STORES = ("STG", "ST", "STS", "STL")
CONTROL = ("BRA", "BSSY", "BSYNC", "EXIT", "BAR", "CALL", "RET", "DEPBAR", "LDGDEPBAR")
MEMORY = LOADS + STORES + ("LDGSTS",)


class Warp:
    def __init__(self, number, constants):
        self.number = number
        self.threads = numpy.arange(32) + 32 * number
        self.r = [0] * 256
        self.u = [0] * 256
        self.p = [False] * 7 + [True]
        self.up = [False] * 7 + [True]
        self.constant = constants.__getitem__
        self.scoreboard = [0] * 6
        self.at = 0  # index of the next instruction
        self.mask = True
        self.parked = []  # (index, mask) of lanes that go elsewhere
        self.reconvergence = {}  # barrier -> lanes that meet there
        self.copies, self.groups = 0, []  # of LDGSTS: the latest end, ends of committed groups
        self.start(0)

    def start(self, now):
        """Begins a segment."""
        self.time = self.issued = now  # the next instruction, the last one
        self.segment, self.issues, self.waves = {}, {}, {}  # cycles, instructions and wavefronts by instruction


class Machine:
    """instructions: of the kernel; constants: words of the constant bank by address; memory: known words by address. counts and
    wavefronts: of each instruction, all warps; cycles[bound]: of each instruction, in segments that the bound decides."""

    def __init__(self, instructions, constants, memory):
        self.code = instructions
        self.index = {instruction.address: i for i, instruction in enumerate(instructions)}
        self.memory = memory
        self.steps = [self._step(instruction) for instruction in instructions]
        self.warps = [Warp(i, constants) for i in range(WARPS)]
        self.l2_bytes = 0  # in this segment
        self.l1 = [set(), set()]  # lines touched since the last barrier, and since the one before
        self.patterns = {}

        self.clear()

    def clear(self):
        """Counts from here on."""
        self.now = self.segments = 0
        self.counts, self.wavefronts = [0] * len(self.code), [0] * len(self.code)
        self.cycles = {bound: [0.0] * len(self.code) for bound in BOUNDS}
        for warp in self.warps:
            warp.scoreboard = [0] * 6
            warp.copies, warp.groups = 0, []
            warp.start(0)

    # ---------------------------------------------------------------------------------- decoding

    def _step(self, instruction):
        guard = op.predicate(instruction.guard) if instruction.guard else None
        try:
            run = semantics.executor(instruction) if instruction.base not in MEMORY else self._memory(instruction)
        except NotImplementedError as error:
            unknown = str(error)

            def run(warp, mask):
                raise NotImplementedError(unknown)

        latency = None
        if instruction.write != 7 and instruction.base not in MEMORY:
            base = instruction.base
            if base in FUNCTION_UNIT:
                latency = LATENCY["function unit"]
            elif base in semantics.DOUBLE or base == "DSETP":
                latency = LATENCY["double"]
            else:
                latency = LATENCY["constant" if base in ("LDC", "ULDC", "LDCU") else "special"]
        kind = "memory" if instruction.base in MEMORY else "control" if instruction.base in CONTROL else ""
        return guard, run, latency, kind

    def _memory(self, instruction):
        base, name = instruction.base, instruction.name
        words = 4 if ".128" in name else 2 if ".64" in name else 1
        generic = base in ("LD", "ST")
        where = [text for text in instruction.operands if "[" in text]
        address = op.address(where[0], wide=base in ("LD", "ST", "LDG", "STG"))
        source = op.address(where[1], wide=True) if base == "LDGSTS" else None
        if base in LOADS + STORES:
            _, number = op.register_number(instruction.operands[0 if base in LOADS else -1])

        def run(warp, mask):
            at = address(warp)
            if base in LOADS and number != op.ZERO:
                for i in range(words):
                    warp.r[number + i] = op.select(mask, known_words.load(self.memory, at, mask, 4 * i), warp.r[number + i])
            elif base in STORES:
                known_words.store(self.memory, at, mask, [warp.r[number + i] if number != op.ZERO else 0 for i in range(words)])
            if base == "LDGSTS":
                return [(at, True, True), (source(warp), False, False)], words, mask
            shared = base in ("LDS", "STS")
            if generic:
                first = at if isinstance(at, int) else int(at[0 if mask is True else int(numpy.argmax(mask))])
                shared = first >> 32 == SHARED_WINDOW >> 32
            return [(at, shared, base in STORES)], words, mask

        return run

    # ------------------------------------------------------------------------------------ memory

    def _pattern(self, at, words, mask, shared):
        """(slots of the pipe, first address, lines from there on) of an access."""
        if isinstance(at, int):
            return 1, at, (0,)
        lanes = at if mask is True else at[mask]
        first = int(lanes[0])
        key = (((lanes - first).tobytes()), first % (LINE if not shared else 4), words, shared)
        found = self.patterns.get(key)
        if found is None:
            relative = lanes - first + first % LINE
            every = numpy.unique((relative[:, None] + 4 * numpy.arange(words)[None, :]).ravel())
            if shared:
                wavefronts = int(numpy.bincount((every >> 2) % 32).max())
                found = (wavefronts, ())
            else:
                wavefronts = -(-len(numpy.unique(every // SECTOR)) * SECTOR // LINE)
                found = (wavefronts, tuple(int(s) for s in numpy.unique(every // LINE)))
            self.patterns[key] = found
        return found[0], first - first % LINE, found[1]

    def _access(self, warp, index, time, accesses, words, mask):
        """Returns when the last result is there, and when the operands are read."""
        end = time
        for at, shared, store in accesses:
            wavefronts, first, lines = self._pattern(at, words, mask, shared)
            warp.waves[index] = warp.waves.get(index, 0) + wavefronts
            read = time + LATENCY["operands"]
            if shared:
                end = max(end, time + LATENCY["shared"])
                continue
            missed = 0
            for line in lines:
                key = first // LINE + line
                if key not in self.l1[0]:
                    missed += key not in self.l1[1]
                    self.l1[0].add(key)
            if store:
                missed = wavefronts  # written through
            self.l2_bytes += missed * LINE
            end = max(end, time + LATENCY["L2" if missed else "L1"])
        return end, read

    # ----------------------------------------------------------------------------------- control

    def _switch(self, warp):
        """The lanes at work are parked or gone: takes others up. Returns whether there are any."""
        if not warp.parked:
            return False
        warp.parked.sort(key=lambda item: item[0])
        warp.at, warp.mask = warp.parked.pop(0)
        return True

    def _branch(self, warp, instruction, taken):
        """taken: True, or lanes."""
        target = self.index[instruction.target]
        if taken is True:
            warp.at = target
            return
        active = warp.mask if warp.mask is not True else numpy.ones(32, bool)
        leave, stay = active & taken, active & ~taken
        if not leave.any():
            warp.at += 1
            return
        if not stay.any():
            warp.at = target
            return
        # Those that stay go on; the others meet them at a BSYNC, or at the end.
        warp.parked.append((target, leave))
        warp.mask = stay
        warp.at += 1

    def _meet(self, warp, barrier):
        """BSYNC: waits for all lanes that passed BSSY."""
        expected = warp.reconvergence.get(barrier, True)
        here = warp.mask
        arrived = [item for item in warp.parked if item[0] == ("met", barrier)]
        for item in arrived:
            warp.parked.remove(item)
            here = here | item[1]
        complete = here is True or (here.all() if expected is True else bool((here == expected).all()))
        if complete:
            warp.mask = True if here is True or here.all() else here
            warp.at += 1
            return
        others = [item for item in warp.parked if not isinstance(item[0], tuple)]
        if not others:
            raise RuntimeError("lanes wait for others that never come")
        warp.parked = [item for item in warp.parked if isinstance(item[0], tuple)]
        warp.parked.append((("met", barrier), here))
        others.sort(key=lambda item: item[0])
        warp.at, warp.mask = others.pop(0)
        warp.parked += others

    def _exit(self, warp, mask):
        active = warp.mask
        if mask is True or (active is True and mask is True):
            return self._switch(warp)
        rest = (active if active is not True else numpy.ones(32, bool)) & ~mask
        if rest.any():
            warp.mask = rest
            warp.at += 1
            return True
        return self._switch(warp)

    # ----------------------------------------------------------------------------------- running

    def run_to(self, address, times):
        """Runs from barrier to barrier, until the segment is over in which warp 0 has been `times` times at an address."""
        self.mark, self.marked = self.index[address], 0
        while self.marked < times:
            if self.segments > MOST_SEGMENTS:
                raise RuntimeError("the kernel does not end")
            for warp in self.warps:
                if not self._run_to_barrier(warp):
                    raise RuntimeError("the kernel has ended")
            self._close_segment()

    def _close_segment(self):
        """What the segment took: the slowest of issue slots, pipe, way to L2, and the longest warp by itself."""
        issue = max(sum(sum(w.issues.values()) for w in self.warps[s::SCHEDULERS]) for s in range(SCHEDULERS))
        longest = max(self.warps, key=lambda w: w.time)
        bounds = {
            "issue": issue,
            "chain": longest.time - self.now,
            "pipe": sum(sum(w.waves.values()) for w in self.warps),
            "L2": self.l2_bytes / L2_BYTES_PER_CYCLE,
        }
        bound = max(bounds, key=bounds.get)
        took = bounds[bound]
        self.segments += 1
        if bound == "chain":
            weights = longest.segment
        else:
            weights = {}
            for warp in self.warps:
                for i, count in (warp.waves if bound == "pipe" else warp.issues).items():
                    weights[i] = weights.get(i, 0) + count
        total = sum(weights.values()) or 1
        for i, weight in weights.items():
            self.cycles[bound][i] += took * weight / total
        for warp in self.warps:
            for i, count in warp.issues.items():
                self.counts[i] += count
            for i, count in warp.waves.items():
                self.wavefronts[i] += count
        self.now += took
        self.l2_bytes = 0
        self.l1 = [set(), self.l1[0]]
        for warp in self.warps:
            warp.start(self.now)

    def _run_to_barrier(self, warp):
        """Returns whether the warp waits at a barrier; else it has ended."""
        code, steps = self.code, self.steps
        for _ in range(MOST_INSTRUCTIONS):
            index = warp.at
            instruction = code[index]
            guard, execute, latency, kind = steps[index]
            time = warp.time
            if index == self.mark and warp.number == 0:
                self.marked += 1
            for barrier in instruction.wait:
                if warp.scoreboard[barrier] > time:
                    time = warp.scoreboard[barrier]
            warp.issues[index] = warp.issues.get(index, 0) + 1
            warp.segment[index] = warp.segment.get(index, 0) + time - warp.issued
            warp.issued = time
            mask = warp.mask
            skipped = False
            if guard is not None:
                allowed = guard(warp)
                if allowed is not True and not isinstance(allowed, (bool, numpy.bool_)):
                    mask = allowed if mask is True else mask & allowed
                    if mask.all():
                        mask = True
                    elif not mask.any():
                        skipped = True
                elif not allowed:
                    skipped = True
            warp.time = time + (instruction.stall or 1)
            if kind == "control":
                if not self._control(warp, instruction, mask, skipped):
                    return instruction.base == "BAR"
                continue
            warp.at += 1
            if skipped:
                continue
            if kind == "memory":
                end, read = self._access(warp, index, time, *execute(warp, mask))
                if instruction.base == "LDGSTS":
                    warp.copies = max(warp.copies, end)
                if instruction.write != 7:
                    warp.scoreboard[instruction.write] = max(warp.scoreboard[instruction.write], end)
                if instruction.read != 7:
                    warp.scoreboard[instruction.read] = max(warp.scoreboard[instruction.read], read)
                continue
            if execute is not None:
                execute(warp, mask)
            if latency is not None:
                warp.scoreboard[instruction.write] = max(warp.scoreboard[instruction.write], time + latency)
            if instruction.read != 7:
                warp.scoreboard[instruction.read] = max(warp.scoreboard[instruction.read], time + LATENCY["operands"])

        raise RuntimeError("a warp never comes to a barrier")

    def _control(self, warp, instruction, mask, skipped):
        """Returns whether the warp goes on."""
        base = instruction.base
        if base == "BRA" or (base == "CALL" and "__internal" not in instruction.operands[-1]):
            condition = instruction.operands[0]
            if not skipped and op.is_predicate(condition):  # besides the guard
                allowed = op.predicate(condition)(warp)
                if isinstance(allowed, numpy.ndarray):
                    mask = allowed if mask is True else mask & allowed
                    skipped = not mask.any()
                else:
                    skipped = not allowed
            if skipped:
                warp.at += 1
            else:
                self._branch(warp, instruction, True if mask is True or mask is warp.mask else mask)
        elif base == "BSSY":
            warp.reconvergence[instruction.operands[0]] = warp.mask
            warp.at += 1
        elif base == "BSYNC":
            self._meet(warp, instruction.operands[0])
        elif base == "EXIT":
            if not skipped:
                return self._exit(warp, mask)
            warp.at += 1
        elif base == "BAR":
            if warp.parked:
                raise RuntimeError("a barrier for some lanes of a warp")
            warp.at += 1
            return False
        elif base == "LDGDEPBAR":
            warp.groups.append(warp.copies)
            warp.at += 1
        elif base == "DEPBAR":
            left = int(instruction.operands[1], 16)
            if len(warp.groups) > left:
                warp.time = max(warp.time, warp.groups[-1 - left])
            warp.at += 1
        elif base == "CALL":
            warp.at += 1  # a slow path: its result is a number that is not followed
        else:
            raise RuntimeError(f"{base}: a function that is not inlined")
        return True
