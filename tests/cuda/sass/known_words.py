"""Words of memory that decide where a kernel goes: by address, where they are known."""

import numpy


def _same(values, mask):
    """What all lanes of the mask agree on, or None."""
    if isinstance(values, int):
        return values
    lanes = values if mask is True else values[mask]
    return int(lanes[0]) if (lanes == lanes[0]).all() else None


def load(memory, at, mask, offset):
    """What a load finds, or None where it is not known."""
    one = _same(at, mask)
    if one is not None:
        return memory.get(one + offset)
    lanes = numpy.flatnonzero(numpy.ones(32, bool) if mask is True else mask)
    if int(at[lanes[0]]) + offset not in memory:
        return None
    value = numpy.zeros(32, numpy.int64)
    for lane in lanes:
        word = memory.get(int(at[lane]) + offset)
        if word is None:
            return None
        value[lane] = word
    return value


def store(memory, at, mask, values):
    """What a store leaves, where it is known. Nobody stores a number that is not followed where a known word is read later."""
    for i, value in enumerate(values):
        if value is None:
            continue
        for lane in numpy.flatnonzero(numpy.ones(32, bool) if mask is True else mask):
            where = at if isinstance(at, int) else int(at[lane])
            memory[where + 4 * i] = value if isinstance(value, int) else int(value[lane])
