#include "host/data/logit_source.h"

#include <tbb/task_group.h>

#include <algorithm>

namespace edgesweep {
namespace {

/// A task in the background; whoever leaves waits for it.
class Background {
 public:
  ~Background() {
    try {
      group_.wait();
    } catch (...) {
      // Only where another exception is on its way already: wait() was not reached.
    }
  }
  void run(const std::function<void()>& task) { group_.run(task); }
  /// Passes on what the task threw.
  void wait() { group_.wait(); }

 private:
  tbb::task_group group_;
};

}  // namespace

void LogitsInMemory::read(int64_t first, int64_t count, double* values) {
  std::copy_n(values_.data() + first * classes_, count * classes_, values);
}

int64_t rows_per_block(int64_t classes) {
  constexpr int64_t kBlockValues = int64_t{1} << 20;
  return std::max<int64_t>(1, kBlockValues / classes);
}

void for_each_block(LogitSource& logits,
                    const std::function<void(int64_t, int64_t, const double*)>& f) {
  const int64_t rows = rows_per_block(logits.classes());
  const int64_t images = logits.images();
  const auto values = static_cast<size_t>(std::min(rows, images) * logits.classes());
  std::vector<double> present(values), next(values);
  const auto count_at = [&](int64_t first) { return std::min(rows, images - first); };
  if (images > 0) logits.read(0, count_at(0), present.data());
  for (int64_t first = 0; first < images; first += rows) {
    Background background;
    const int64_t following = first + rows;
    if (following < images)
      background.run([&] { logits.read(following, count_at(following), next.data()); });
    f(first, count_at(first), present.data());
    background.wait();
    std::swap(present, next);
  }
}

}  // namespace edgesweep
