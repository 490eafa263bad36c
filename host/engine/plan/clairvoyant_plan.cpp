#include "host/engine/plan/clairvoyant_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace edgesweep {
namespace {

/// Rank, gap and row of decisions.
double bytes_per_image(const ClairvoyantLayout& layout) {
  return sizeof(int32_t) * static_cast<double>(2 + decision_words(layout.bucket));
}

/// Slopes, and where the drawing of the next segment goes on.
double bytes_per_segment(const ClairvoyantLayout& layout) {
  return sizeof(int32_t) * static_cast<double>(layout.bucket.capacity) + 16;
}

}  // namespace

ClairvoyantLayout clairvoyant_layout(const TokenBucket& bucket, int64_t images,
                                     double segment_bytes) {
  ClairvoyantLayout layout;
  layout.unit = std::gcd(bucket.refill, bucket.cost);
  layout.rest = bucket.capacity % layout.unit;
  layout.bucket = {bucket.refill / layout.unit, bucket.cost / layout.unit,
                   bucket.capacity / layout.unit};
  layout.images = images;
  // n images in a segment: n bytes_per_image + images / n bytes_per_segment are fewest here.
  const double balanced =
      std::sqrt(static_cast<double>(images) * bytes_per_segment(layout) / bytes_per_image(layout));
  const double allowed = segment_bytes / bytes_per_image(layout);
  const double segment = std::max({balanced, allowed, 1.0});
  layout.segment =
      std::clamp(static_cast<int64_t>(segment), int64_t{1}, std::max(images, int64_t{1}));
  return layout;
}

double clairvoyant_bytes(const ClairvoyantLayout& layout) {
  return static_cast<double>(layout.segment) * bytes_per_image(layout) +
         static_cast<double>(layout.segments()) * bytes_per_segment(layout) +
         2 * sizeof(int32_t) * static_cast<double>(slope_room(layout.bucket));
}

}  // namespace edgesweep
