"""Instructions that write predicates, and how registers and predicates are written under a mask."""

import numpy

import operands as op
from operands import MASK, ZERO, signed


def write(text):
    """A function that writes a register under a mask."""
    uniform, number = op.register_number(text)
    if number == ZERO:
        return lambda warp, value, mask: None

    def put(warp, value, mask):
        file = warp.u if uniform else warp.r
        file[number] = value if mask is True or uniform else op.select(mask, value, file[number])

    return put


def write_pair(text):
    uniform, number = op.register_number(text)
    if number == ZERO:
        return lambda warp, value, mask: None
    low, high = write(text), write(("U" if uniform else "") + f"R{number + 1}")

    def put(warp, value, mask):
        low(warp, None if value is None else value & MASK, mask)
        high(warp, None if value is None else (value >> 32) & MASK, mask)

    return put


def write_predicate(text):
    uniform, number = op.predicate_number(text)
    if number == 7:
        return lambda warp, value, mask: None

    def put(warp, value, mask):
        file = warp.up if uniform else warp.p
        if isinstance(value, numpy.bool_):
            value = bool(value)
        file[number] = value if mask is True else numpy.where(mask, value, file[number])

    return put


COMPARISONS = {
    "LT": lambda a, b: a < b,
    "LE": lambda a, b: a <= b,
    "GT": lambda a, b: a > b,
    "GE": lambda a, b: a >= b,
    "EQ": lambda a, b: a == b,
    "NE": lambda a, b: a != b,
}


def _combine(how, value, other):
    if how == "AND":
        return value & other
    return value | other if how == "OR" else value ^ other


def compare(name, operands):
    """ISETP.GE.U32.AND.EX Pd, Pe, a, b, Pc, Px."""
    parts = name.split(".")[1:]
    holds, how = COMPARISONS.get(parts[0]), next(p for p in parts if p in ("AND", "OR", "XOR"))
    strict = COMPARISONS.get(parts[0][0] + "T") if parts[0] in ("LT", "LE", "GT", "GE") else holds
    unsigned, extended, long = "U32" in parts or "U64" in parts, "EX" in parts, "S64" in parts or "U64" in parts
    puts = [write_predicate(text) for text in operands[:2]]
    a, b = ((op.pair if long else op.word)(text) for text in operands[2:4])
    other = op.predicate(operands[4])
    lower = op.predicate(operands[5]) if extended else None
    floating = not name.startswith(("ISETP", "UISETP"))

    def run(warp, mask):
        x, y = (None, None) if floating else (a(warp), b(warp))
        if x is None or y is None:
            value = False
        else:
            if long:
                pass
            elif unsigned:
                x, y = x & MASK, y & MASK
            else:
                x, y = signed(x & MASK), signed(y & MASK)
            if extended:
                value = strict(x, y) | ((x == y) & lower(warp)) if holds is not COMPARISONS["NE"] else (x != y) | lower(warp)
                if holds is COMPARISONS["EQ"]:
                    value = (x == y) & lower(warp)
            else:
                value = holds(x, y)
        with_other = _combine(how, value, other(warp))
        puts[0](warp, with_other, mask)
        if operands[1] not in ("PT", "UPT"):
            negated = (not value) if isinstance(value, bool) else ~value
            puts[1](warp, _combine(how, negated, other(warp)), mask)

    return run


def predicate_logic(operands):
    puts = [write_predicate(text) for text in operands[:2]]
    sources = [op.predicate(text) for text in operands[2:5]]
    tables = [int(text, 16) for text in operands[5:7]]

    def run(warp, mask):
        values = [source(warp) for source in sources]
        if all(isinstance(v, (bool, numpy.bool_)) for v in values):
            index = values[0] * 4 + values[1] * 2 + values[2]
            results = [bool(table >> index & 1) for table in tables]
        else:
            index = sum(numpy.asarray(v, dtype=numpy.int64) << shift for v, shift in zip(values, (2, 1, 0), strict=True))
            results = [(table >> index & 1).astype(bool) for table in tables]
        for put, value in zip(puts, results, strict=True):
            put(warp, value, mask)

    return run
