"""Operands of instructions as functions of a warp's state. Values are 32-bit words: an int where all lanes agree, an array of
32 lanes where they do not, None where they are a floating-point number that the report does not follow."""

import re
import struct

import numpy

MASK = 0xFFFFFFFF
REGISTER = re.compile(r"^([-~|]*)(U?)R(\d+|Z)(\.64|\.H\d_H\d|\.U32|\.X\d+)*\|?$")
PREDICATE = re.compile(r"^(!?)(U?)P(\d|T|R)$")
CONSTANT = re.compile(r"^([-~|]*)c\[0x0\]\[(.+)\]\|?$")
ZERO = 255  # RZ and URZ; PT and UPT are number 7


def signed(value):
    return (value ^ 0x80000000) - 0x80000000


def select(mask, new, old):
    """new where the mask says so, else old. Lanes of a number that is not followed become 0: only their own code reads them."""
    if mask is True or (new is None and old is None):
        return new
    return numpy.where(mask, 0 if new is None else new, 0 if old is None else old)


def register_number(text):
    """(uniform?, number) of a register that is written."""
    match = REGISTER.match(text)
    return bool(match[2]), ZERO if match[3] == "Z" else int(match[3])


def predicate_number(text):
    match = PREDICATE.match(text)
    return bool(match[2]), 7 if match[3] == "T" else int(match[3])


def is_predicate(text):
    return bool(PREDICATE.match(text))


def predicate(text):
    negated, uniform, number = text.startswith("!"), *predicate_number(text)
    if number == 7:
        return lambda warp: not negated
    name = "up" if uniform else "p"
    if negated:

        def get(warp):
            value = getattr(warp, name)[number]
            return not value if isinstance(value, bool) else ~value

        return get
    return lambda warp: getattr(warp, name)[number]


def _with_sign(get, sign):
    if not sign:
        return get
    if "~" in sign:
        return lambda warp: None if (v := get(warp)) is None else v ^ MASK
    if "-" in sign:  # not reduced: a - b carries where b is 0
        return lambda warp: None if (v := get(warp)) is None else (1 << 32) - v
    return get


def word(text):
    """What an operand of 32 bits is worth."""
    if match := REGISTER.match(text):
        uniform, number = register_number(text)
        if number == ZERO:
            return _with_sign(lambda warp: 0, match[1])
        if uniform:
            return _with_sign(lambda warp: warp.u[number], match[1])
        return _with_sign(lambda warp: warp.r[number], match[1])
    if match := CONSTANT.match(text):
        address = int(match[2], 16)
        return _with_sign(lambda warp: warp.constant(address), match[1])
    value = _immediate(text)
    return lambda warp: value


def _immediate(text):
    if re.match(r"^-?0x[0-9a-f]+$", text):
        return int(text, 16) & MASK
    try:
        return struct.unpack("<I", struct.pack("<f", float(text.replace("QNAN", "NAN"))))[0]
    except (ValueError, OverflowError):
        return None


def half_pair(high, low):
    """The word that HFMA2 makes of two half-precision constants."""
    bits = [int(numpy.float16(float(text)).view(numpy.uint16)) for text in (high, low)]
    return bits[0] << 16 | bits[1]


def pair(text):
    """What an operand of 64 bits is worth, modulo 2^64 as a signed number."""
    low = word(text)
    if (match := REGISTER.match(text)) and match[3] != "Z":
        name, number = ("u" if match[2] else "r"), int(match[3]) + 1
        high = lambda warp: getattr(warp, name)[number]  # noqa: E731
    elif match := CONSTANT.match(text):
        address = int(match[2], 16) + 4
        high = lambda warp: warp.constant(address)  # noqa: E731
    else:
        high = lambda warp: 0  # noqa: E731

    def get(warp):
        a, b = low(warp), high(warp)
        return None if a is None or b is None else signed(b) * (1 << 32) + a

    return get


def address(text, wide):
    """Address of [R1+UR2+0x10] or desc[UR1][R2.64+0x10]."""
    terms = re.findall(r"\[([^\]]*)\]", text)[-1].split("+")
    getters = []
    offset = 0
    for term in terms:
        scale = 1
        if scaled := re.match(r"^(.*)\.X(\d+)$", term):
            term, scale = scaled[1], int(scaled[2])
        if re.match(r"^-?0x", term):
            value = int(term, 16)
            offset += value - (1 << 32) if value >= 1 << 31 and not wide else value
        elif term.endswith(".64") or (wide and term.startswith("R") and not term.endswith(".U32")):
            getters.append((pair(term), scale))
        else:
            getters.append((word(term), scale))

    def get(warp):
        total = offset
        for getter, scale in getters:
            value = getter(warp)
            if value is None:
                raise ValueError(f"the address {text} depends on a floating-point number: instruction {warp.at - 1}")
            total = total + value * scale
        return total

    return get
