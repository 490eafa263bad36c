"""The rule by which the released code draws test sequences, with NumPy's legacy generator.

Restated from `lib/genseq.py` of https://github.com/qiujiaming315/edgeml-dqn (MIT): the draws come in the same order
from the same streams, so the tables are equal to the released ones number by number. `numpy.random.RandomState` is
frozen by NumPy: its streams do not change between versions.

Tables are int32, (sequences, images), row-major. Indices are 0-based ranks in ascending metric; gap[t] is the time
from image t to image t + 1, in time units.
"""

import numpy as np


def iid_indices(image_count: int, sequences: int, images: int, seed: int = 0) -> np.ndarray:
    """Independent images, each of `image_count` equally likely."""
    random = np.random.RandomState(seed)
    return random.randint(0, image_count, size=(sequences, images), dtype=np.int32)


def local_reset_indices(
    image_count: int, sequences: int, images: int, spread: float, reset_probability: float, seed: int = 0
) -> np.ndarray:
    """Images near a location. The released code adds a new uniform location to the old one at a reset (modulo
    `image_count`), which is again uniform and independent of the old one."""
    random = np.random.RandomState(seed)
    deviation = random.randint(0, int(spread * image_count) + 1, size=(sequences, images), dtype=np.int32)
    resets = random.random_sample((sequences, images - 1)) <= reset_probability
    step = np.zeros((sequences, images), np.int64)
    step[:, 0] = random.randint(0, image_count, size=sequences, dtype=np.int32)
    step[:, 1:][resets] = random.randint(0, image_count, size=np.count_nonzero(resets), dtype=np.int32)
    np.cumsum(step, axis=1, out=step)
    return ((step + deviation) % image_count).astype(np.int32)


def _segment_gaps(lengths: np.ndarray, intervals: np.ndarray) -> np.ndarray:
    """Gaps of the images in successive visits of the chain: a visit of `length` slots has an image every `interval`
    slots. The first gap starts at the beginning of the first visit."""
    counts = lengths // intervals
    starts = np.cumsum(lengths) - lengths
    first_images = np.cumsum(counts) - counts
    number_in_visit = np.arange(counts.sum()) - np.repeat(first_images, counts) + 1
    arrivals = np.repeat(starts, counts) + np.repeat(intervals, counts) * number_in_visit
    return np.diff(arrivals, prepend=0)


def markov_gaps(
    sequences: int, images: int, interval_1: int, interval_2: int, p_12: float, p_21: float, seed: int = 0
) -> np.ndarray:
    """Gaps of a chain of two states. Each sequence is put together from segments of a few visits; every segment has a
    seed of its own, counted up in the order in which they are drawn: one for each sequence that is still too short,
    then again from the first of these."""
    random = np.random.RandomState(seed)
    starts_in_1 = random.rand(sequences) < p_21 / (p_12 + p_21)
    images_of_two_visits = 1 / p_12 / interval_1 + 1 / p_21 / interval_2
    visits = max(1, int(images / images_of_two_visits / 3))
    segments: list[list[np.ndarray]] = [[] for _ in range(sequences)]
    missing = np.full(sequences, images + 1)
    while np.any(missing > 0):
        for sequence in np.flatnonzero(missing > 0):
            random.seed(seed)
            seed += 1
            lengths_1 = random.geometric(p_12, size=visits)
            lengths_2 = random.geometric(p_21, size=visits)
            lengths, intervals = np.empty((2, 2 * visits), np.int64)
            first = 0 if starts_in_1[sequence] else 1
            lengths[first::2], intervals[first::2] = lengths_1, interval_1
            lengths[1 - first :: 2], intervals[1 - first :: 2] = lengths_2, interval_2
            gaps = _segment_gaps(lengths, intervals)
            segments[sequence].append(gaps[: missing[sequence]])
            missing[sequence] -= len(gaps)
    # The first gap, from the start of the chain to the first image, is dropped.
    return np.array([np.concatenate(parts)[1:] for parts in segments], np.int32)
