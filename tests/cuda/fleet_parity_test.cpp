// The kernels of fleets equal the plain simulation and training, in any order of threads.
#include <gtest/gtest.h>

#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/cuda/device_trainer.h"
#include "host/engine/cuda/learned_fleets.h"
#include "tests/cuda/device_under_test.h"
#include "tests/reference/reference_fleet.h"
#include "tests/reference/reference_learned_fleet.h"
#include "tests/support/fleet_cases.h"
#include "tests/support/learned_fleets.h"

namespace edgesweep {
namespace {

class CudaFleet : public testing::DeviceTest,
                  public ::testing::WithParamInterface<testing::FleetCase> {};

TEST_P(CudaFleet, EqualsTheReferenceInAnyThreadOrder) {
  testing::FleetTestProblem problem(GetParam());
  const FleetOutcome expected = reference_fleet(problem.request());
  for (const uint64_t order : testing::thread_orders(3)) {
    testing::use_thread_order(order);
    DeviceContext context(0);
    EXPECT_EQ(simulate_fleet_on_cuda(problem.request(), context).sums, expected.sums)
        << "thread order " << order;
  }
}

TEST_P(CudaFleet, EqualsTheReferenceInWhatIsWanted) {
  testing::FleetTestProblem problem(GetParam());
  FleetRequest& request = problem.request();
  request.first_sequence = 5;
  for (size_t pair = 0; pair < request.policies.size() * request.switches.size(); ++pair)
    request.wanted.push_back(pair % 2 == 0 ? 1 : 0);
  DeviceContext context(0);
  EXPECT_EQ(simulate_fleet_on_cuda(request, context).sums, reference_fleet(request).sums);
}

INSTANTIATE_TEST_SUITE_P(Sizes, CudaFleet, ::testing::ValuesIn(testing::fleet_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(CudaFleetSearch, FindsWhatTheCpuFinds) {
  testing::reset_device();
  const SearchProblem problem = testing::small_search(18, 40);
  DeviceContext context(0);
  const SearchOutcome found = search_fleets(
      problem,
      [&](const FleetRequest& request) { return simulate_fleet_on_cuda(request, context); }, {});
  EXPECT_EQ(found.points, search_fleets(problem, reference_fleet, {}).points);
}

TEST(CudaFleetStop, IsAskedBeforeALaunch) {
  testing::reset_device();
  testing::FleetTestProblem problem(testing::fleet_cases()[1]);
  problem.request().stop_requested = [] { return true; };
  DeviceContext context(0);
  EXPECT_TRUE(simulate_fleet_on_cuda(problem.request(), context).stopped);
}

/// Cameras that share a network.
struct LearnedCase {
  const char* name;
  int cameras, layers, width;
  SimulationSize size;
  FleetSettings::Training training;
  int batch, mini_batches;
};
void PrintTo(const LearnedCase& c, std::ostream* out) { *out << c.name; }

/// A hidden unit and a step; odd; a unit more than 16 lanes, a tile of columns and one of rows; a
/// step more than a launch; the real network and fleets.
const std::vector<LearnedCase>& learned_cases() {
  static const std::vector<LearnedCase> cases = {
      {"one_of_everything", 2, 1, 1, {1, 1}, {0, 1, 0}, 1, 1},
      {"odd", 3, 2, 7, {3, 31}, {5, 3, 9}, 13, 3},
      {"over_a_tile", 43, 3, 65, {4, 6}, {2, 3, 4}, 129, 2},
      {"over_a_launch", 2, 2, 17, {2, 1025}, {1020, 2, 4}, 4, 2},
      {"most_cameras", 64, 1, 4, {3, 9}, {3, 1, 2}, 96, 2},
      {"real", 8, 2, 32, {5, 90}, {40, 8, 12}, 128, 3}};
  return cases;
}

RunSettings learned_settings(const LearnedCase& c) {
  RunSettings settings = testing::learned_fleet_settings(c.cameras);
  settings.dqn.layers = c.layers;
  settings.dqn.width = c.width;
  settings.dqn.batch = c.batch;
  settings.dqn.mini_batches = c.mini_batches;
  settings.fleet.training = c.training;
  return settings;
}

/// What a training has come to, to compare bit by bit.
auto bits_of(const TrainingState& state) {
  return std::tuple(state.weights, state.adam_mean, state.adam_square, state.mean_squared_error,
                    state.iteration, state.adam_steps);
}

/// Trains the networks of fleets side by side on one device.
std::vector<TrainingState> train_on_device(const std::vector<const TrainingProblem*>& problems,
                                           std::vector<TrainingState> states, int iterations,
                                           const DeviceLimits& limits) {
  DeviceContext context(0);
  std::vector<NetworkDemand> demands;
  for (const TrainingProblem* problem : problems) demands.push_back(demand_of(*problem));
  std::vector<const NetworkDemand*> members;
  for (const NetworkDemand& demand : demands) members.push_back(&demand);
  const TrainingPlan plan = plan_training(members, limits);
  std::vector<std::unique_ptr<DeviceTrainer>> trainers;
  std::vector<DeviceTrainer*> pointers;
  for (size_t i = 0; i < problems.size(); ++i) {
    trainers.push_back(std::make_unique<DeviceTrainer>(*problems[i], states[i], plan, context));
    pointers.push_back(trainers.back().get());
  }
  CohortIteration iteration(plan, problems.size(), problems.front()->dqn.mini_batches, Math::exact,
                            context);
  for (int i = 0; i < iterations; ++i) iteration.run(pointers);
  for (size_t i = 0; i < trainers.size(); ++i) trainers[i]->store(states[i]);
  return states;
}

/// A state whose network heeds all its inputs.
TrainingState lively_state(const TrainingProblem& training) {
  TrainingState state = initial_state(training);
  state.weights = initial_weights(training.shape, 7);
  return state;
}

class CudaLearnedFleet : public testing::DeviceTest,
                         public ::testing::WithParamInterface<LearnedCase> {};

TEST_P(CudaLearnedFleet, IsSimulatedAsTheReferenceDoesInAnyThreadOrder) {
  const RunProblem problem = testing::prepared_fleet(learned_settings(GetParam()));
  const std::vector<float> weights = lively_state(*problem.training).weights;
  const LearnedFleetRequest request{
      &*problem.training, &weights, &problem.test, GetParam().size, {}};
  const LearnedFleetOutcome expected = reference_learned_fleet(request);
  for (const uint64_t order : testing::thread_orders(3)) {
    testing::use_thread_order(order);
    DeviceContext context(0);
    const LearnedFleetOutcome outcome = simulate_learned_fleets_on_cuda({request}, context).front();
    EXPECT_EQ(outcome.fleet.sums, expected.fleet.sums) << "thread order " << order;
    EXPECT_EQ(outcome.occupancy, expected.occupancy) << "thread order " << order;
    EXPECT_FALSE(outcome.fleet.stopped);
  }
}

TEST_P(CudaLearnedFleet, IsTrainedAsTheReferenceDoesInAnyThreadOrder) {
  const RunProblem problem = testing::prepared_fleet(learned_settings(GetParam()));
  const TrainingProblem& training = *problem.training;
  TrainingState expected = lively_state(training);
  for (int i = 0; i < 2; ++i) reference_learned_iteration(training, expected);
  for (const uint64_t order : testing::thread_orders(3)) {
    testing::use_thread_order(order);
    EXPECT_EQ(
        bits_of(train_on_device({&training}, {lively_state(training)}, 2, known_device("h100"))
                    .front()),
        bits_of(expected))
        << "thread order " << order;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, CudaLearnedFleet, ::testing::ValuesIn(learned_cases()),
                         [](const auto& info) { return info.param.name; });

/// Networks that have different numbers of cameras, steps and fleets, some of them in one block.
TEST(CudaLearnedFleets, AreTrainedAndSimulatedSideBySide) {
  testing::reset_device();
  std::vector<RunProblem> problems;
  for (const int cameras : {2, 5, 17}) {
    RunSettings settings = testing::learned_fleet_settings(cameras);
    settings.seed = static_cast<uint64_t>(cameras);
    settings.fleet.training = {cameras, 4, 3 * cameras};
    problems.push_back(testing::prepared_fleet(settings));
  }
  // All buffers in shared memory and a block for each fleet; none, and several in a block.
  for (const auto& [kib, multiprocessors] : {std::pair{227, 132}, {33, 2}}) {
    DeviceLimits limits = known_device("h100");
    limits.shared_per_block = kib * 1024;
    limits.multiprocessors = multiprocessors;
    SCOPED_TRACE(std::to_string(kib) + " KiB");
    std::vector<const TrainingProblem*> training;
    std::vector<TrainingState> states;
    for (const RunProblem& problem : problems) {
      training.push_back(&*problem.training);
      states.push_back(lively_state(*problem.training));
    }
    const std::vector<TrainingState> trained = train_on_device(training, states, 3, limits);
    for (size_t i = 0; i < problems.size(); ++i) {
      for (int iteration = 0; iteration < 3; ++iteration)
        reference_learned_iteration(*training[i], states[i]);
      EXPECT_EQ(bits_of(trained[i]), bits_of(states[i])) << i;
    }
  }
  std::vector<std::vector<float>> weights;
  for (const RunProblem& problem : problems)
    weights.push_back(lively_state(*problem.training).weights);
  std::vector<LearnedFleetRequest> requests;
  for (size_t i = 0; i < problems.size(); ++i)
    requests.push_back({&*problems[i].training,
                        &weights[i],
                        &problems[i].training->validation,
                        {4, 20 + 30 * static_cast<int64_t>(i)},
                        {},
                        i == 1});
  DeviceContext context(0);
  const std::vector<LearnedFleetOutcome> outcomes =
      simulate_learned_fleets_on_cuda(requests, context);
  for (size_t i = 0; i < requests.size(); ++i) {
    const LearnedFleetOutcome expected = reference_learned_fleet(requests[i]);
    EXPECT_EQ(outcomes[i].fleet.sums, expected.fleet.sums) << i;
    EXPECT_EQ(outcomes[i].occupancy, i == 1 ? expected.occupancy : std::vector<int64_t>{}) << i;
  }
}

TEST(CudaLearnedFleets, StopBeforeALaunch) {
  testing::reset_device();
  const RunProblem problem = testing::prepared_fleet(testing::learned_fleet_settings(2));
  const std::vector<float> weights = lively_state(*problem.training).weights;
  int questions = 0;
  LearnedFleetRequest request{&*problem.training, &weights, &problem.test, {1, 3000}, {}};
  DeviceContext context(0);
  for (const int last : {1, 2, 3}) {
    questions = 0;
    request.stop_requested = [&] { return ++questions == last; };
    EXPECT_TRUE(simulate_learned_fleets_on_cuda({request}, context).front().fleet.stopped) << last;
  }
  questions = 0;
  request.stop_requested = [&] { return ++questions > 3; };
  EXPECT_FALSE(simulate_learned_fleets_on_cuda({request}, context).front().fleet.stopped);
  EXPECT_EQ(questions, 3) << "one for each launch";
}

}  // namespace
}  // namespace edgesweep
