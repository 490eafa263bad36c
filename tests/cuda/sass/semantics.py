"""What instructions do to integers and predicates. Floating-point numbers are not followed: a result of one is None, and a
comparison of one is false, which is the way around the slow paths of square roots and divisions."""

import numpy

import operands as op
from operands import MASK, ZERO, signed
from predicates import compare, predicate_logic, write, write_pair, write_predicate


def _arithmetic(operands, function, *, wide=False, carry=None):
    """Rd, predicates that take the carry, sources, then predicates that bring one. function(sources) is not reduced."""
    put = (write_pair if wide else write)(operands[0])
    rest = operands[1:]
    carries = []
    while rest and op.is_predicate(rest[0]):
        carries.append(write_predicate(rest.pop(0)))
    taken = []
    while rest and op.is_predicate(rest[-1]):
        taken.insert(0, op.predicate(rest.pop()))
    sources = [op.word(text) for text in rest[:2]] + [op.pair(text) for text in rest[2:]] if wide else [op.word(t) for t in rest]
    if carry is None:
        taken = []

    def run(warp, mask):
        values = [source(warp) for source in sources]
        if any(value is None for value in values):
            put(warp, None, mask)
            for put_carry in carries:
                put_carry(warp, False, mask)
            return
        total = function(*values)
        for get in taken:
            total = total + get(warp)
        put(warp, total if wide else total & MASK, mask)
        if carries:
            high = total >> 32
            carries[0](warp, high > 0, mask)
            if len(carries) > 1:
                carries[1](warp, high > 1, mask)

    return run


def _lookup(table, *bits):
    """Bitwise function of three words by its truth table."""
    a, b, c = bits
    result = 0
    for i in range(8):
        if table >> i & 1:
            result = result | ((a if i & 4 else a ^ MASK) & (b if i & 2 else b ^ MASK) & (c if i & 1 else c ^ MASK))
    return result


def _pack_predicates(operands):
    put, base, bits = write(operands[0]), op.word(operands[2]), op.word(operands[3])

    def run(warp, mask):
        packed = 0
        for i in range(7):
            packed = packed | numpy.asarray(warp.p[i], dtype=numpy.int64) << i
        chosen = bits(warp)
        put(warp, packed & chosen | base(warp) & (chosen ^ MASK), mask)

    return run


def _least(a, b, smaller):
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b) if smaller else max(a, b)
    return numpy.minimum(a, b) if smaller else numpy.maximum(a, b)


def _minimum(name, operands, add):
    """IMNMX, VIMNMX and VIADDMNMX: Rd, [PT, PT,] a, b, [c,] whether the smaller one."""
    put = write(operands[0])
    rest = [text for text in operands[1:-1] if not op.is_predicate(text)]
    smaller = op.predicate(operands[-1])
    unsigned = "U32" in name
    sources = [op.word(text) for text in rest]

    def run(warp, mask):
        values = [source(warp) for source in sources]
        if any(value is None for value in values):
            return put(warp, None, mask)
        if add:
            values = [values[0] + values[1], values[2]]
        values = [value & MASK if unsigned else signed(value & MASK) for value in values]
        return put(warp, _least(*values, smaller(warp)) & MASK, mask)

    return run


def _shift(name, operands):
    a, s, c = (op.word(text) for text in operands[1:4])
    put = write(operands[0])
    left, high, arithmetic = ".L" in name, "HI" in name, "S32" in name or "S64" in name
    short = "U32" in name or "S32" in name

    def run(warp, mask):
        low, shift, top = a(warp), s(warp), c(warp)
        if low is None or top is None or shift is None:
            return put(warp, None, mask)
        if left:
            value = low << shift if short else (top << shift) | (low >> (32 - shift))
        elif high or short:
            source = top if high else low
            value = (signed(source) if arithmetic else source) >> shift
        else:
            value = (low >> shift) | (top << (32 - shift))
        return put(warp, value & MASK, mask)

    return run


def _lea(name, operands):
    rest = operands[1:]
    carries = []
    while op.is_predicate(rest[0]):
        carries.append(write_predicate(rest.pop(0)))
    taken = op.predicate(rest.pop()) if op.is_predicate(rest[-1]) else None
    shift = int(rest.pop(), 16)
    sources = [op.word(text) for text in rest]
    put = write(operands[0])
    high, extend = "HI" in name, "SX32" in name

    def run(warp, mask):
        values = [source(warp) for source in sources]
        if any(value is None for value in values):
            return put(warp, None, mask)
        a, b = values[0] & MASK, values[1]
        if not high:
            shifted = (a << shift) & MASK
        elif extend:
            shifted = (signed(a) >> (32 - shift)) & MASK
        else:
            shifted = ((values[2] << shift) | (a >> (32 - shift))) & MASK
        total = shifted + b + (taken(warp) if taken is not None and ".X" in name else 0)
        put(warp, total & MASK, mask)
        for put_carry in carries:
            put_carry(warp, (total >> 32) > 0, mask)
        return None

    return run


def _select(operands):
    put, a, b, which = write(operands[0]), op.word(operands[1]), op.word(operands[2]), op.predicate(operands[3])

    def run(warp, mask):
        chosen = which(warp)
        if isinstance(chosen, (bool, numpy.bool_)):
            value = a(warp) if chosen else b(warp)
        else:
            value = op.select(chosen, a(warp), b(warp))
        put(warp, value, mask)

    return run


def _logic(operands):
    rest = list(operands)
    predicate = write_predicate(rest.pop(0) if op.is_predicate(rest[0]) else "PT")
    put, sources, table = write(rest[0]), [op.word(text) for text in rest[1:4]], int(rest[4], 16)

    def run(warp, mask):
        values = [source(warp) for source in sources]
        if any(value is None for value in values):
            predicate(warp, False, mask)
            return put(warp, None, mask)
        value = _lookup(table, *(v & MASK for v in values))
        predicate(warp, value != 0, mask)
        return put(warp, value, mask)

    return run


def _permute(operands):
    put, a, s, b = write(operands[0]), *(op.word(text) for text in operands[1:4])

    def run(warp, mask):
        low, selector, high = a(warp), s(warp), b(warp)
        if low is None or high is None:
            return put(warp, None, mask)
        value = 0
        for i in range(4):
            byte = selector >> 4 * i & 7
            source = low if byte < 4 else high
            value = value | (source >> 8 * (byte & 3) & 255) << 8 * i
        return put(warp, value, mask)

    return run


SPECIAL = {"SR_CTAID.X": 0, "SR_CTAID.Y": 0, "SR_CTAID.Z": 0, "SR_SWINHI": 0x7E00, "SR_CgaCtaId": 0}


def _special(operands):
    put, name = write(operands[0]), operands[1]

    def run(warp, mask):
        if name == "SR_TID.X":
            value = warp.threads
        elif name == "SR_LANEID":
            value = numpy.arange(32)
        else:
            value = SPECIAL[name]
        put(warp, value, mask)

    return run


def _first_lane(operands):
    put, source = write(operands[0]), op.word(operands[-1])

    def run(warp, mask):
        value = source(warp)
        if isinstance(value, numpy.ndarray):
            value = int(value[0 if mask is True else int(numpy.argmax(mask))])
        put(warp, value, True)

    return run


def _vote(operands):
    put = write_predicate(operands[0]) if op.is_predicate(operands[0]) else None
    source = op.predicate(operands[-1])

    def run(warp, mask):
        value = source(warp)
        if put is None:
            raise NotImplementedError("VOTE into a register")
        put(warp, bool(numpy.any(value if mask is True else value & mask)), True)

    return run


def _two_words(operands):
    put, source = write_pair(operands[0]), op.pair(operands[1])
    return lambda warp, mask: put(warp, 0 if operands[1] == "SRZ" else source(warp), mask)


def _forget(operands, words):
    """A floating-point result of so many registers."""
    _, number = op.register_number(operands[0])
    if number == ZERO:
        return None
    numbers = range(number, number + words)

    def run(warp, mask):
        for i in numbers:
            warp.r[i] = None

    return run


FLOATING = ("FFMA", "FADD", "FMUL", "FSEL", "FMNMX", "MUFU", "I2FP", "FSWZADD", "FRND", "FFMA2", "FADD2", "FMUL2")
DOUBLE = ("DADD", "DMUL", "DFMA", "DMNMX")
CONTROL = ("BRA", "EXIT", "BSSY", "BSYNC", "CALL", "RET", "BAR", "NOP", "WARPSYNC", "BREAK", "YIELD", "BMOV", "LDGDEPBAR")


def executor(instruction):
    """A function of a warp and a mask, or None where nothing is to be done. Memory and control flow are the machine's."""
    name, operands, base = instruction.name, list(instruction.operands), instruction.base
    if base in CONTROL or base in ("DEPBAR", "ERRBAR", "CCTL", "MEMBAR"):
        return None
    if base in FLOATING or name in ("F2F.F32.F64", "I2F", "F2I"):
        return _forget(operands, 2 if base.endswith("2") else 1)
    if base in DOUBLE or base in ("F2F", "I2F"):
        return _forget(operands, 2)
    if base in ("HFMA2", "HADD2", "HMUL2"):
        if operands[1] == "-RZ" and operands[2] == "RZ" and len(operands) == 5:
            value, put = op.half_pair(*operands[3:5]), write(operands[0])
            return lambda warp, mask: put(warp, value, mask)
        return _forget(operands, 1)
    if base in ("ISETP", "UISETP", "FSETP", "DSETP"):
        return compare(name, operands)
    if base == "FCHK":
        put = write_predicate(operands[0])
        return lambda warp, mask: put(warp, False, mask)
    if base in ("IADD3", "UIADD3", "VIADD", "IADD", "UIADD"):
        if ".64" in name:
            return _wide_add(operands)
        return _arithmetic(operands, lambda *v: sum(v[1:], v[0]), carry=True if ".X" in name else None)
    if base in ("IMAD", "UIMAD"):
        if ".WIDE" in name or ".HI" in name:
            unsigned = "U32" in name
            if ".HI" in name:
                raise NotImplementedError(name)
            return _arithmetic(
                operands,
                lambda a, b, c: (a & MASK) * (b & MASK) + c if unsigned else signed(a & MASK) * signed(b & MASK) + c,
                wide=True,
            )
        # Reduced before the product: two words of 32 bits overflow 64 only in bits that are dropped.
        def product(a, b, c):
            return ((signed(a & MASK) * signed(b & MASK)) & MASK) + c

        return _arithmetic(operands, product, carry=True if ".X" in name else None)
    if base in ("LEA", "ULEA"):
        return _lea(name, operands)
    if base in ("SHF", "USHF"):
        return _shift(name, operands)
    if base in ("LOP3", "ULOP3"):
        return _logic(operands)
    if base in ("PLOP3", "UPLOP3"):
        return predicate_logic(operands)
    if base in ("SEL", "USEL"):
        return _select(operands)
    if base in ("MOV", "UMOV"):
        return _two_words(operands) if ".64" in name else _move(operands)
    if base in ("IMNMX", "VIMNMX", "UIMNMX", "VIADDMNMX"):
        if ".S64" in name:
            raise NotImplementedError(name)
        return _minimum(name, operands, base == "VIADDMNMX")
    if base in ("PRMT", "UPRMT"):
        return _permute(operands)
    if base == "P2R":
        return _pack_predicates(operands)
    if base in ("S2R", "S2UR"):
        return _special(operands)
    if base == "CS2R":
        return _two_words(operands) if ".32" not in name else _move([operands[0], "RZ"])
    if base == "R2UR":
        return _first_lane(operands)
    if base in ("VOTE", "VOTEU"):
        return _vote(operands)
    if base in ("LDC", "ULDC", "LDCU"):
        return _two_words(operands) if ".64" in name else _move(operands)
    raise NotImplementedError(name)


def _wide_add(operands):
    put = write_pair(operands[0])
    sources = [op.pair(text) for text in operands[1:] if not op.is_predicate(text)]

    def run(warp, mask):
        values = [source(warp) for source in sources]
        put(warp, None if any(v is None for v in values) else sum(values[1:], values[0]), mask)

    return run


def _move(operands):
    put, source = write(operands[0]), op.word(operands[1])
    return lambda warp, mask: put(warp, value if (value := source(warp)) is None else value & MASK, mask)
