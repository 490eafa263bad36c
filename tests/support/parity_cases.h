#pragma once
#include <ostream>
#include <vector>

#include "host/engine/run/simulation.h"
#include "tests/support/problems.h"

namespace edgesweep::testing {

// What is computed plainly and with vectors to be compared bit for bit, on this processor
// (tests/parity) and on another (tests/arm64).

/// A network and its training.
struct TrainingShape {
  const char* name;
  double rate, depth;
  int history_metrics, history_gaps, layers, width, batch, mini_batches;
  bool modulated;
};
inline void PrintTo(const TrainingShape& shape, std::ostream* out) { *out << shape.name; }

/// Sizes 1, odd, one over a vector or tile, and the real one; outputs: 2 up to 2381.
const std::vector<TrainingShape>& training_shapes();
RunSettings settings_of(const TrainingShape& shape);
/// The same with everything that dqn.recipe "warm" does differently, but these outputs.
RunSettings warm(RunSettings settings, Outputs outputs);

/// Windows of modulated arrivals and a seed of more than 32 bits.
RunSettings windows_settings(double spread, double reset_probability, int history_metrics,
                             int history_gaps);

struct SimulationCase {
  const char* name;
  int history_metrics, history_gaps, width;
  int64_t sequences, images;
  Outputs outputs = Outputs::action_values;
};
inline void PrintTo(const SimulationCase& c, std::ostream* out) { *out << c.name; }

/// One sequence, many short ones, more than a chunk (4096 images), a history longer than the
/// sequence, odd widths.
const std::vector<SimulationCase>& simulation_cases();

/// A case with an untrained network, the MDP's thresholds and both clairvoyant policies.
class SimulationProblem {
 public:
  explicit SimulationProblem(const SimulationCase& c);
  SimulationProblem(const SimulationProblem&) = delete;
  SimulationProblem& operator=(const SimulationProblem&) = delete;

  const SimulationRequest& request() const { return request_; }
  /// The request's network.
  const DqnSettings& dqn() const { return problem_.settings.dqn; }

 private:
  RunProblem problem_;
  std::vector<float> weights_;
  SimulationRequest request_;
};

}  // namespace edgesweep::testing
