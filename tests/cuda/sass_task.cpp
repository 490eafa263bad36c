// Prints what train_kernel finds in memory, for sass_report: its parameters and every number that
// decides where it goes, as lines "parameters HEX" and "ADDRESS WORD". Activations, weights and
// moments have addresses alone.
//   sass_task INPUTS HIDDEN_LAYERS WIDTH BATCH REFILL COST CAPACITY action_values|after_states
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "host/engine/plan/device_plan.h"
#include "kernels/train.h"

namespace edgesweep {
namespace {

constexpr int kMiniBatches = 3;  ///< launched; the second one's cycles count

/// Device memory is handed out from here on, every array at a multiple of 256.
constexpr uint64_t kFirstAddress = 0x7f0010000000;

template <typename T>
T* address(uint64_t* next, int64_t count) {
  T* result = nullptr;
  std::memcpy(&result, next, sizeof(result));
  *next += (static_cast<uint64_t>(count) * sizeof(T) + 255) / 256 * 256;
  return result;
}

std::vector<uint32_t> words_of(const void* data, size_t bytes) {
  std::vector<uint32_t> words((bytes + 3) / 4);
  std::memcpy(words.data(), data, bytes);
  return words;
}

void print_words(const void* at, const std::vector<uint32_t>& words) {
  uint64_t first = 0;
  std::memcpy(&first, &at, sizeof(at));
  for (size_t i = 0; i < words.size(); ++i)
    std::printf("%llx %x\n", static_cast<unsigned long long>(first + 4 * i), words[i]);
}

void print_task(const NetworkDemand& demand) {
  const TrainingPlan plan = plan_training({&demand}, known_device("h100"));
  const DqnSettings& dqn = demand.dqn;
  uint64_t next = kFirstAddress;
  const TrainTask* const tasks = address<TrainTask>(&next, 1);
  int32_t* const sizes = address<int32_t>(&next, 64);
  TrainTask task{};
  task.network = {demand.shape.layers(), sizes};
  task.bucket = demand.bucket;
  task.outputs = dqn.outputs;
  task.batch = dqn.batch;
  task.mini_batches = 0;  // so that no sum over the whole iteration is made
  task.metrics = dqn.history_metrics + 2;
  task.stride = (dqn.batch + 3) / 4 * 4;
  const int64_t parameters = demand.shape.parameters();
  task.weights = address<float>(&next, parameters);
  task.adam_mean = address<float>(&next, parameters);
  task.adam_square = address<float>(&next, parameters);
  task.adam_step = address<float>(&next, kMiniBatches);
  const int64_t columns = int64_t{kMiniBatches} * task.stride;
  task.windows = address<float>(&next, columns * task.quantities());
  task.reward = address<float>(&next, columns);
  task.afterstates = address<float>(&next, columns * (task.bucket.capacity + 1));
  task.row_sum = address<double>(&next, columns);
  task.column_loss = address<float>(&next, int64_t{kMiniBatches} * demand.shape.outputs());
  task.train_scratch = address<float>(&next, plan.training.scratch_floats() + 1);

  struct {
    const TrainTask* tasks;
    MiniBatchRange range;
    BufferLayout layout;
  } parameter{tasks, {0, kMiniBatches}, plan.training};
  std::printf("parameters");
  for (const uint32_t word : words_of(&parameter, sizeof(parameter))) std::printf(" %x", word);
  std::printf("\nshared %lld\n", static_cast<long long>(plan.training.shared_bytes()));
  std::printf("work %.0f\n", demand.shape.training_work() / 2 * dqn.batch);
  print_words(tasks, words_of(&task, sizeof(task)));
  print_words(sizes, words_of(demand.shape.sizes.data(), 4 * demand.shape.sizes.size()));
}

}  // namespace
}  // namespace edgesweep

int main(int argc, char** argv) {
  using namespace edgesweep;
  if (argc != 9) {
    std::fputs("usage: the first lines of sass_task.cpp\n", stderr);
    return 2;
  }
  const auto number = [&](int i) { return std::atoi(argv[i]); };
  NetworkDemand demand;
  demand.dqn.history_metrics = number(1) - 1;
  demand.dqn.layers = number(2);
  demand.dqn.width = number(3);
  demand.dqn.batch = number(4);
  demand.dqn.mini_batches = 128;
  demand.dqn.outputs =
      std::string(argv[8]) == "after_states" ? Outputs::after_states : Outputs::action_values;
  demand.bucket = {number(5), number(6), number(7)};
  demand.shape = make_network_shape(demand.dqn, demand.bucket);
  print_task(demand);
  return 0;
}
