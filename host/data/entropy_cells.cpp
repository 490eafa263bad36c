#include "host/data/entropy_cells.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace edgesweep {
namespace {

/// Images whose sums one task makes. Fixed: it decides the order in which sums are added.
constexpr size_t kImagesPerTask = 4096;

struct Task {
  size_t bucket, begin, end;
};

}  // namespace

void EntropyCells::Moments::add(const Moments& other) {
  for (int n = 0; n < kMoments; ++n) count[n] += other.count[n];
  for (int n = 0; n < kMoments; ++n) reward[n] += other.reward[n];
}

EntropyCells::EntropyCells(const std::vector<double>& points, const std::vector<double>& entropy,
                           const std::vector<double>& reward)
    : points_(points),
      cells_(static_cast<int>(points.size())),
      spacing_((points.back() - points.front()) / (static_cast<double>(points.size()) - 1)) {
  sort(entropy, reward);
  sum_moments();
}

void EntropyCells::sort(const std::vector<double>& entropy, const std::vector<double>& reward) {
  const auto buckets = static_cast<size_t>(2 * cells_);
  const auto bucket_of = [&](size_t image) {
    const auto nearest =
        static_cast<int>(std::floor((entropy[image] - points_.front()) / spacing_ + 0.5));
    const int cell = std::clamp(nearest, 0, cells_ - 1);
    return static_cast<size_t>(2 * cell) + image % 2;
  };
  start_.assign(buckets + 1, 0);
  for (size_t i = 0; i < entropy.size(); ++i) ++start_[bucket_of(i) + 1];
  for (size_t b = 0; b < buckets; ++b) start_[b + 1] += start_[b];
  std::vector<size_t> place(start_.begin(), start_.end() - 1);
  entropy_.resize(entropy.size());
  reward_.resize(entropy.size());
  least_.assign(buckets, std::numeric_limits<double>::infinity());
  greatest_.assign(buckets, -std::numeric_limits<double>::infinity());
  for (size_t i = 0; i < entropy.size(); ++i) {
    const size_t bucket = bucket_of(i);
    entropy_[place[bucket]] = entropy[i];
    reward_[place[bucket]++] = reward[i];
    least_[bucket] = std::min(least_[bucket], entropy[i]);
    greatest_[bucket] = std::max(greatest_[bucket], entropy[i]);
  }
}

void EntropyCells::sum_moments() {
  std::vector<Task> tasks;
  for (size_t b = 0; b + 1 < start_.size(); ++b)
    for (size_t begin = start_[b]; begin < start_[b + 1]; begin += kImagesPerTask)
      tasks.push_back({b, begin, std::min(begin + kImagesPerTask, start_[b + 1])});
  std::vector<Moments> part(tasks.size());
  tbb::parallel_for(size_t{0}, tasks.size(), [&](size_t t) {
    const Task& task = tasks[t];
    Moments& sums = part[t];
    const double point = points_[task.bucket / 2];
    for (size_t i = task.begin; i < task.end; ++i) {
      const double offset = (entropy_[i] - point) / spacing_;
      double power = 1;
      for (int n = 0; n < kMoments; ++n) {
        sums.count[n] += power;
        sums.reward[n] += power * reward_[i];
        power *= offset;
      }
    }
  });
  even_.assign(static_cast<size_t>(cells_), Moments());
  all_.assign(static_cast<size_t>(cells_), Moments());
  for (size_t t = 0; t < tasks.size(); ++t) {
    const size_t cell = tasks[t].bucket / 2;
    if (tasks[t].bucket % 2 == 0) even_[cell].add(part[t]);
    all_[cell].add(part[t]);
  }
}

EntropyCells::Range EntropyCells::images(int cell, bool even_only) const {
  const auto bucket = static_cast<size_t>(2 * cell);
  return {start_[bucket], start_[bucket + (even_only ? 1 : 2)]};
}

bool EntropyCells::is_empty(int cell, bool even_only) const {
  const Range range = images(cell, even_only);
  return range.begin == range.end;
}

double EntropyCells::least_entropy(int cell, bool even_only) const {
  const auto bucket = static_cast<size_t>(2 * cell);
  return even_only ? least_[bucket] : std::min(least_[bucket], least_[bucket + 1]);
}

double EntropyCells::greatest_entropy(int cell, bool even_only) const {
  const auto bucket = static_cast<size_t>(2 * cell);
  return even_only ? greatest_[bucket] : std::max(greatest_[bucket], greatest_[bucket + 1]);
}

}  // namespace edgesweep
