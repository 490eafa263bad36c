#include "host/engine/cpu/training_scratch.h"

#include <algorithm>

#include "host/engine/cpu/simd.h"

namespace edgesweep {
namespace {

template <typename Vector>
void make_room(Vector& vector, size_t size) {
  if (vector.size() < size) vector.resize(size);
}

}  // namespace

bool TrainingScratch::begin(const TrainingProblem& problem, int64_t iteration) {
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
  if (drawn_ == problem.windows_key && drawn_iteration_ == iteration) return true;
  if (drawn_ != problem.windows_key) windows = make_windows(problem);
  drawn_ = problem.windows_key;
  drawn_iteration_ = iteration;
  return false;
}

void TrainingScratch::make_room_for_pairs(const TrainingProblem& problem) {
  const NetworkShape& shape = problem.shape;
  const auto batch = static_cast<size_t>(problem.dqn.batch);
  const auto layers = static_cast<size_t>(shape.layers());
  if (paired.gradient.size() < layers) paired.gradient.resize(layers);
  for (size_t l = 0; l < layers; ++l)
    make_room(paired.gradient[l], batch * static_cast<size_t>(padded_stride(shape.sizes[l + 1])));
  const auto widest = static_cast<size_t>(padded_widest_hidden(shape));
  for (AlignedVector<float>& one : paired.transposed)
    make_room(one, std::max<size_t>(widest, kPanelColumns) * widest);
  make_room(paired.column_loss, static_cast<size_t>(padded(shape.outputs())));
}

}  // namespace edgesweep
