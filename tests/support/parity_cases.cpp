#include "tests/support/parity_cases.h"

#include "host/policy/rewards.h"

namespace edgesweep::testing {

const std::vector<TrainingShape>& training_shapes() {
  static const std::vector<TrainingShape> shapes = {
      {"tiny", 0.5, 1, 0, -1, 1, 1, 1, 1, false},
      {"odd", 0.3, 2, 6, -1, 3, 7, 5, 3, false},
      {"over_a_vector", 0.1, 2.3, 16, -1, 2, 17, 17, 2, false},
      {"over_a_panel", 0.1, 5, 30, -1, 2, 65, 33, 2, false},
      {"three_panels", 0.05, 5, 12, -1, 2, 24, 9, 2, false},
      {"long_batch", 0.1, 5, 10, -1, 3, 70, 130, 2, false},
      {"thousands_of_outputs", 0.05, 60, 3, -1, 1, 9, 3, 2, false},
      {"newest_gap", 0.1, 4, 9, 0, 2, 16, 12, 2, true},
      {"long_gaps", 0.1, 4, 3, 7, 2, 12, 10, 2, true},
      {"expected_gaps", 0.1, 4, 9, -1, 2, 16, 12, 2, true},
      {"paper", 0.1, 4, 95, -1, 5, 64, 128, 2, false}};
  return shapes;
}

RunSettings settings_of(const TrainingShape& shape) {
  RunSettings settings = small_settings();
  settings.rate = shape.rate;
  settings.depth = shape.depth;
  settings.dqn.history_metrics = shape.history_metrics;
  settings.dqn.history_gaps = shape.history_gaps;
  settings.dqn.layers = shape.layers;
  settings.dqn.width = shape.width;
  settings.dqn.batch = shape.batch;
  settings.dqn.mini_batches = shape.mini_batches;
  if (shape.modulated)
    settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  return settings;
}

RunSettings warm(RunSettings settings, Outputs outputs) {
  settings.dqn.outputs = outputs;
  settings.dqn.start = DqnSettings::Start::mdp;
  settings.dqn.reward_smoothing = 0.1;
  settings.dqn.center_targets = DqnSettings::Center::window;
  using Shape = SchedulePhase::Shape;
  settings.dqn.schedule = {{1, 1e-4, 2e-3, Shape::linear}, {4, 2e-3, 1e-6, Shape::cosine}};
  return settings;
}

RunSettings windows_settings(double spread, double reset_probability, int history_metrics,
                             int history_gaps) {
  RunSettings settings = small_settings();
  settings.metric_sequence.spread = spread;
  settings.metric_sequence.reset_probability = reset_probability;
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 2, 5, 0.2, 0.1, "", ""};
  settings.dqn.history_metrics = history_metrics;
  settings.dqn.history_gaps = history_gaps;
  settings.seed = 0xFEDCBA9876543210;
  return settings;
}

const std::vector<SimulationCase>& simulation_cases() {
  static const std::vector<SimulationCase> cases = {
      {"one_image", 3, -1, 5, 1, 1},
      {"one_sequence", 8, 0, 16, 1, 700},
      {"many", 5, -1, 9, 131, 60},
      {"long", 2, 1, 4, 3, 9001},
      {"history_longer", 50, 30, 17, 4, 40},
      {"after_states", 5, 0, 9, 5, 700, Outputs::after_states}};
  return cases;
}

namespace {

RunSettings settings_of(const SimulationCase& c) {
  RunSettings settings = small_settings();
  settings.dqn.history_metrics = c.history_metrics;
  settings.dqn.history_gaps = c.history_gaps;
  settings.dqn.width = c.width;
  settings.dqn.outputs = c.outputs;
  settings.dqn.reward_smoothing = 0.1;
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  return settings;
}

}  // namespace

SimulationProblem::SimulationProblem(const SimulationCase& c)
    : problem_(prepared(settings_of(c))), weights_(initial_weights(problem_.training->shape, 11)) {
  request_.source = &problem_.test;
  request_.size = {c.sequences, c.images};
  request_.bucket = problem_.bucket;
  request_.thresholds = {
      {Policy::mdp, {problem_.mdp_threshold.begin(), problem_.mdp_threshold.end()}}};
  const ImageSet& images = problem_.dataset->test;
  request_.clairvoyants = {{Policy::clairvoyant, fixed_point_values(images.reward)},
                           {Policy::clairvoyant_metric, fixed_point_values(images.raw_metric)}};
  request_.shape = &problem_.training->shape;
  request_.weights = &weights_;
  request_.outputs = c.outputs;
  request_.expected_reward = problem_.training->test_expected_reward;
  request_.history_metrics = c.history_metrics;
  request_.history_gaps = c.history_gaps;
}

}  // namespace edgesweep::testing
