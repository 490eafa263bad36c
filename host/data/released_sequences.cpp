#include "host/data/released_sequences.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/data/numpy_legacy.h"

namespace edgesweep {
namespace {

size_t values_of(const ReleasedSize& size) {
  return static_cast<size_t>(size.sequences * size.images);
}

/// value modulo count, for value < 2 count.
uint32_t wrapped(uint32_t value, uint32_t count) { return value < count ? value : value - count; }

/// One sequence. values: deviations, which become indices. resets: whether image 1, 2, ... is at a
/// new location; steps: from the location before to it.
void follow_locations(int32_t* values, int64_t images, uint32_t location, const uint8_t* resets,
                      const int32_t* steps, uint32_t image_count) {
  for (int64_t image = 0; image < images; ++image) {
    if (image > 0 && resets[image - 1])
      location = wrapped(location + static_cast<uint32_t>(*steps++), image_count);
    values[image] =
        static_cast<int32_t>(wrapped(location + static_cast<uint32_t>(values[image]), image_count));
  }
}

/// Mean number of images of a visit: the sum over k of the probability that it has k intervals.
double images_of_visit(double p, int64_t interval) {
  const double stay = std::log1p(-p);  // -infinity for p = 1
  if (interval == 1) return 1.0 / p;
  const auto last = static_cast<double>(interval);
  return std::exp((last - 1.0) * stay) / -std::expm1(last * stay);
}

/// A sequence as far as it is drawn.
struct GapSequence {
  bool starts_in_1 = false;
  int64_t drawn = -1;  ///< gaps; the first one, which is dropped, is not counted
};

/// Appends gaps to the sequence. lengths: of the visits of this segment, in turn. The first gap
/// starts at the beginning of the first visit.
void add_segment(GapSequence& sequence, int32_t* gaps, int64_t images,
                 const std::vector<int64_t>& lengths_1, const std::vector<int64_t>& lengths_2,
                 const ReleasedChain& chain) {
  int64_t since_image = 0;
  const auto add_visit = [&](int64_t length, int64_t interval) {
    int64_t count = length / interval;
    if (count == 0) {
      since_image += length;
      return;
    }
    const int64_t first = since_image + interval;
    since_image = length - count * interval;
    if (sequence.drawn >= 0) gaps[sequence.drawn] = static_cast<int32_t>(first);
    ++sequence.drawn;
    count = std::min(count - 1, images - sequence.drawn);
    std::fill_n(gaps + sequence.drawn, count, static_cast<int32_t>(interval));
    sequence.drawn += count;
  };
  for (size_t visit = 0; visit < lengths_1.size() && sequence.drawn < images; ++visit) {
    if (sequence.starts_in_1) add_visit(lengths_1[visit], chain.interval_1);
    if (sequence.drawn < images) add_visit(lengths_2[visit], chain.interval_2);
    if (!sequence.starts_in_1 && sequence.drawn < images)
      add_visit(lengths_1[visit], chain.interval_1);
  }
}

}  // namespace

double images_of_two_visits(const ReleasedChain& chain) {
  return images_of_visit(chain.p_12, chain.interval_1) +
         images_of_visit(chain.p_21, chain.interval_2);
}

void released_iid_indices(const ReleasedSize& size, int32_t image_count, int32_t* values) {
  NumpyLegacy(size.seed).integers(image_count - 1, values, values_of(size));
}

void released_local_reset_indices(const ReleasedSize& size, int32_t image_count, double spread,
                                  double reset_probability, int32_t* values) {
  NumpyLegacy random(size.seed);
  random.integers(static_cast<int32_t>(spread * image_count), values, values_of(size));
  const int64_t places = size.images - 1;  // where a sequence may have a reset
  std::vector<uint8_t> resets(static_cast<size_t>(size.sequences * places));
  random.uniforms_at_most(reset_probability, resets.data(), resets.size());
  std::vector<int32_t> first(static_cast<size_t>(size.sequences));
  random.integers(image_count - 1, first.data(), first.size());
  std::vector<int32_t> steps(static_cast<size_t>(places));
  for (int64_t sequence = 0; sequence < size.sequences; ++sequence) {
    const uint8_t* const here = resets.data() + sequence * places;
    random.integers(image_count - 1, steps.data(),
                    static_cast<size_t>(std::count(here, here + places, uint8_t{1})));
    follow_locations(values + sequence * size.images, size.images,
                     static_cast<uint32_t>(first[static_cast<size_t>(sequence)]), here,
                     steps.data(), static_cast<uint32_t>(image_count));
  }
}

void released_gaps(const ReleasedSize& size, const ReleasedChain& chain, int32_t* values) {
  NumpyLegacy random(size.seed);
  std::vector<GapSequence> sequences(static_cast<size_t>(size.sequences));
  for (GapSequence& sequence : sequences)
    sequence.starts_in_1 = random.uniform() < chain.p_21 / (chain.p_12 + chain.p_21);
  // Without the ends of visits, which are shorter than an interval.
  const double about = 1.0 / chain.p_12 / static_cast<double>(chain.interval_1) +
                       1.0 / chain.p_21 / static_cast<double>(chain.interval_2);
  const double visits = static_cast<double>(size.images) / about / 3.0;
  std::vector<int64_t> lengths_1(std::max<size_t>(1, static_cast<size_t>(visits)));
  std::vector<int64_t> lengths_2(lengths_1.size());
  uint32_t seed = size.seed;
  for (bool missing = true; missing;) {
    missing = false;
    for (size_t i = 0; i < sequences.size(); ++i) {
      if (sequences[i].drawn >= size.images) continue;
      random.seed(seed++);
      random.geometric(chain.p_12, lengths_1.data(), lengths_1.size());
      random.geometric(chain.p_21, lengths_2.data(), lengths_2.size());
      add_segment(sequences[i], values + static_cast<int64_t>(i) * size.images, size.images,
                  lengths_1, lengths_2, chain);
      missing = missing || sequences[i].drawn < size.images;
    }
  }
}

}  // namespace edgesweep
