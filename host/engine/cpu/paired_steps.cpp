// The mini-batches of one network on two threads: first each works on half of the windows, then
// each on half of the columns of every layer's weights. No sum is divided, so the bits are those
// of one thread.
#include "host/engine/cpu/paired_steps.h"

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>

#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/cpu/thread_pair.h"
#include "host/engine/network/padding.h"

namespace edgesweep {
namespace {

/// Windows of a mini-batch from which halves are worth a meeting.
constexpr int kFewestWindows = 16;

/// The windows of a mini-batch that a part works on: whole tiles for the first.
struct Share {
  int first, count;
};
Share share_of(int part, int windows) {
  const int half = (windows / 2 + 7) / 8 * 8;
  return part == 0 ? Share{0, half} : Share{half, windows - half};
}

/// The columns of a layer: whole vectors, and the larger half to either part in turn.
Share columns_of(int part, int columns, int layer) {
  const int blocks = columns / kPadding;
  const int first = (blocks + layer % 2) / 2 * kPadding;
  return part == 0 ? Share{0, first} : Share{first, columns - first};
}

InputView rows_from(const InputView& x, int row) {
  return {x.data + row * x.row_stride, x.row_stride, x.input_stride};
}

}  // namespace

bool PairingChoice::pairs() const {
  if (alone_ < 0) return false;
  if (iteration_ == 1) return true;
  const bool faster = paired_ >= 0 && paired_ < alone_;
  return iteration_ % kBetweenTries == 0 ? !faster : faster;
}

void PairingChoice::took(double seconds, bool helped) {
  (helped ? paired_ : alone_) = seconds;
  ++iteration_;
  paired_iterations_ += helped ? 1 : 0;
}

bool CpuTrainer::can_pair() const {
  return problem_.dqn.batch >= kFewestWindows && tbb::this_task_arena::max_concurrency() > 1;
}

void CpuTrainer::pass_share(TrainingScratch& scratch, int64_t first_row, int part,
                            ThreadPair& pair) {
  const NetworkShape& shape = problem_.shape;
  TrainingScratch::Paired& room = scratch.paired;
  const Share rows = share_of(part, problem_.dqn.batch);
  const InputView inputs = current_states(scratch.windows, first_row);
  const int last = shape.layers() - 1;
  const auto layer_rows = [&](int l) {
    return rows_from(layer_input(scratch, l, inputs), rows.first);
  };
  for (int l = 0; l < last; ++l) {
    const int columns = weights_.columns(l);
    const ptrdiff_t stride = padded_stride(columns);
    simd_.forward(
        layer_rows(l), rows.count, shape.sizes[l], {weights_.weights(l), columns},
        weights_.biases(l), columns, true,
        {scratch.activation[static_cast<size_t>(l)].data() + rows.first * stride, stride});
  }

  float* const transposed = room.transposed[part].data();
  const auto gradient_rows = [&](int l) {
    const ptrdiff_t stride = padded_stride(shape.sizes[l + 1]);
    return MatrixView{room.gradient[static_cast<size_t>(l)].data() + rows.first * stride, stride};
  };
  const int outputs = shape.outputs();
  const int stride = weights_.columns(last);
  const int hidden = padded(shape.sizes[last]);
  const float scale = 2.0f / static_cast<float>(int64_t{problem_.dqn.batch} * outputs);
  const InputView x = layer_rows(last);
  for (int column = 0; column < stride; column += kPanelColumns) {
    const int columns = std::min(kPanelColumns, stride - column);
    const TargetPanel targets = target_panel(scratch, first_row + rows.first, column);
    const ConstMatrixView weights{weights_.weights(last) + column, stride};
    MatrixView panel = gradient_rows(last);
    panel.data += column;
    // The sums of squares go on from the last window of the first part.
    if (part == 1) pair.follow();
    simd_.output_gradient(x, rows.count, shape.sizes[last], weights, weights_.biases(last) + column,
                          columns, scale, targets, panel, room.column_loss.data() + column);
    if (part == 0) pair.pass();
    simd_.transpose(weights, shape.sizes[last], columns, hidden, {transposed, hidden});
    const bool final_panel = column + kPanelColumns >= stride;
    simd_.input_gradient(panel, rows.count, std::min(kPanelColumns, outputs - column),
                         {transposed, hidden}, hidden, column > 0, final_panel ? x.data : nullptr,
                         gradient_rows(last - 1));
  }
  for (int l = last - 1; l > 0; --l) {
    const int columns = weights_.columns(l);
    const int below = weights_.columns(l - 1);
    simd_.transpose({weights_.weights(l), columns}, shape.sizes[l], columns, below,
                    {transposed, below});
    simd_.input_gradient(gradient_rows(l), rows.count, shape.sizes[l + 1], {transposed, below},
                         below, false, layer_rows(l).data, gradient_rows(l - 1));
  }
}

void CpuTrainer::update_share(TrainingScratch& scratch, int64_t first_row, float adam_step,
                              int part) {
  const NetworkShape& shape = problem_.shape;
  const InputView inputs = current_states(scratch.windows, first_row);
  for (int l = shape.layers() - 1; l >= 0; --l) {
    const Share columns = columns_of(part, weights_.columns(l), l);
    if (columns.count == 0) continue;
    const ConstMatrixView dy{scratch.paired.gradient[static_cast<size_t>(l)].data() + columns.first,
                             padded_stride(shape.sizes[l + 1])};
    simd_.weight_step(layer_input(scratch, l, inputs), problem_.dqn.batch, shape.sizes[l], dy,
                      columns.count, weight_view(l, columns.first), bias_view(l, columns.first),
                      adam_step);
  }
}

double CpuTrainer::paired_step(TrainingScratch& scratch, int64_t first_row, float adam_step,
                               int part, ThreadPair& pair) {
  TrainingScratch::Paired& room = scratch.paired;
  if (part == 0) std::fill(room.column_loss.begin(), room.column_loss.end(), 0.0f);
  pass_share(scratch, first_row, part, pair);
  pair.meet(part);
  update_share(scratch, first_row, adam_step, part);
  double squares = 0;
  if (part == 0)
    for (int c = 0; c < problem_.shape.outputs(); ++c)
      squares += room.column_loss[static_cast<size_t>(c)];
  pair.meet(part);
  return squares / (static_cast<double>(problem_.dqn.batch) * problem_.shape.outputs());
}

bool CpuTrainer::train_paired(TrainingScratch& scratch, double learning_rate,
                              const StopRequest& stop, double& error, bool& helped) {
  scratch.make_room_for_pairs(problem_);
  // What part 0 tells the helper with ThreadPair::open.
  struct {
    int64_t first_row = 0;
    float adam_step = 0;
  } now;
  ThreadPair pair;
  bool whole = true;
  int paired_batches = 0;
  tbb::this_task_arena::isolate([&] {
    tbb::task_group group;
    group.run([&] {
      pair.join();
      while (pair.next()) paired_step(scratch, now.first_row, now.adam_step, 1, pair);
    });
    for (int m = 0; m < problem_.dqn.mini_batches && whole; ++m) {
      if (is_requested(stop)) {
        whole = false;
        break;
      }
      const int64_t first_row = int64_t{m} * problem_.dqn.batch;
      const float adam_step = next_adam_step(progress_, learning_rate);
      if (!pair.joined()) {
        error += step(scratch, first_row, adam_step);
        continue;
      }
      now = {first_row, adam_step};
      pair.open();
      error += paired_step(scratch, first_row, adam_step, 0, pair);
      ++paired_batches;
    }
    pair.close();
    group.wait();
  });
  helped = 2 * paired_batches > problem_.dqn.mini_batches;
  return whole;
}

}  // namespace edgesweep
