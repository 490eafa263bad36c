#include "host/engine/cpu/training_scratch.h"

#include <algorithm>

#include "host/engine/cpu/simd.h"

namespace edgesweep {
namespace {

bool same_law(const MetricLaw& a, const MetricLaw& b) {
  return a.images == b.images && a.locations == b.locations && a.offsets == b.offsets &&
         a.reset_threshold == b.reset_threshold;
}

bool same_step(const ArrivalStep& a, const ArrivalStep& b) {
  return a.limit == b.limit && a.gap == b.gap && a.next_state == b.next_state;
}

bool same_arrivals(const OwnedArrivalLaw& a, const OwnedArrivalLaw& b) {
  return a.law.begin[1] == b.law.begin[1] && a.law.stationary_limit == b.law.stationary_limit &&
         std::equal(a.steps->begin(), a.steps->end(), b.steps->begin(), b.steps->end(), same_step);
}

template <typename Vector>
void make_room(Vector& vector, size_t size) {
  if (vector.size() < size) vector.resize(size);
}

}  // namespace

WindowIdentity::WindowIdentity(const TrainingProblem& problem)
    : source_(problem.windows),
      history_metrics_(problem.dqn.history_metrics),
      history_gaps_(problem.dqn.history_gaps),
      batch_(problem.dqn.batch),
      mini_batches_(problem.dqn.mini_batches),
      outputs_(problem.dqn.outputs) {}

bool WindowIdentity::operator==(const WindowIdentity& other) const {
  const SequenceSource& a = source_;
  const SequenceSource& b = other.source_;
  // Without gaps in the state the arrivals leave no trace in a window.
  const bool gaps = history_gaps_ >= 0 || a.index_replay || a.gap_replay;
  return history_metrics_ == other.history_metrics_ && history_gaps_ == other.history_gaps_ &&
         batch_ == other.batch_ && mini_batches_ == other.mini_batches_ &&
         outputs_ == other.outputs_ && a.seed == b.seed && a.images == b.images &&
         same_law(a.metric_law, b.metric_law) && a.index_replay == b.index_replay &&
         a.gap_replay == b.gap_replay && (!gaps || same_arrivals(a.arrivals, b.arrivals));
}

bool TrainingScratch::begin(const TrainingProblem& problem, const WindowIdentity& identity,
                            int64_t iteration) {
  const NetworkShape& shape = problem.shape;
  const auto batch = static_cast<size_t>(problem.dqn.batch);
  const auto rows = static_cast<size_t>(windows_per_iteration(problem.dqn));
  make_room(afterstate_values,
            rows * static_cast<size_t>(padded_values(problem.bucket)) + 2 * kPadding);
  make_room(row_sum, rows);
  if (activation.size() + 1 < static_cast<size_t>(shape.layers()))
    activation.resize(static_cast<size_t>(shape.layers()) - 1);
  for (int l = 1; l < shape.layers(); ++l)
    make_room(activation[static_cast<size_t>(l - 1)],
              batch * static_cast<size_t>(padded_stride(shape.sizes[static_cast<size_t>(l)])));
  const auto widest = static_cast<size_t>(padded_widest_hidden(shape));
  for (AlignedVector<float>& one : gradient)
    make_room(one, batch * static_cast<size_t>(padded_stride(static_cast<int>(widest))));
  make_room(panel, batch * static_cast<size_t>(padded_stride(kPanelColumns)));
  make_room(column_loss, kPanelColumns);
  make_room(transposed, std::max<size_t>(widest, kPanelColumns) * widest);

  if (problem.fleet) {  // its training samples depend on its weights: never another network's
    drawn_.reset();
    windows = make_windows(problem);
    return false;
  }
  if (drawn_ && *drawn_ == identity && drawn_iteration_ == iteration) return true;
  if (!drawn_ || !(*drawn_ == identity)) windows = make_windows(problem);
  drawn_ = identity;
  drawn_iteration_ = iteration;
  return false;
}

}  // namespace edgesweep
