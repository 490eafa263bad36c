"""docs/model-exactness.md#random-numbers in plain Python."""

WORD = 1 << 32
INITIAL_WEIGHTS, TRAINING_WINDOWS, TRAINING_EVALUATION, VALIDATION, TEST, BOOTSTRAP, BUCKET_SEARCH, FLEET_TRAINING = range(1, 9)
OFFSET, LOCATION, GAP, START = range(4)


def philox(key, counter):
    """Philox4x32-10: four words of a 64-bit key and four counter words."""
    c = list(counter)
    low, high = key % WORD, key // WORD
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [second // WORD ^ c[1] ^ low, second % WORD, first // WORD ^ c[3] ^ high, first % WORD]
        low, high = (low + 0x9E3779B9) % WORD, (high + 0xBB67AE85) % WORD
    return c


class Stream:
    """One sequence (iteration 0, or the number of a fleet's camera) or one window."""

    def __init__(self, seed, purpose, stream, iteration=0):
        self.seed, self.purpose, self.stream, self.iteration = seed, purpose, stream, iteration
        self.blocks = {}

    def word(self, channel, position):
        place = (channel, position // 4)
        if place not in self.blocks:
            counter = (position // 4, self.stream, self.iteration, self.purpose + 256 * channel)
            self.blocks[place] = philox(self.seed, counter)
        return self.blocks[place][position % 4]


def limit(probability):
    return round(probability * WORD)


def uniform_below(word, count):
    return word * count // WORD


def is_reset(offset_word, probability):
    return offset_word * 0x9E3779B1 % WORD < limit(probability)


def uniform_symmetric(word):
    return (word // 256 - 2**23) / 2**23
