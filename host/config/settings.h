#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/config/policies.h"
#include "kernels/outputs.cuh"

namespace edgesweep {

// The typed settings of one run. Defaults, ranges and help text stand in configs/schema.json alone;
// here are only the fields, in the order of the config. Plain data: the engine reads it and knows
// nothing of JSON.

/// docs/model.md#metric-sequences.
struct MetricSequenceSettings {
  enum class Type { iid, local_reset, replay };
  Type type = Type::iid;
  double spread = 0;             ///< local_reset: 0..1, share of the images
  double reset_probability = 0;  ///< local_reset: 0..1, per image
  std::string training_file;     ///< replay: HDF5 file with `index` (sequences x images) into the
                                 ///< training images
  std::string file;  ///< replay: the same into the test images, used by the test simulation
};

/// docs/model.md#arrivals.
struct ArrivalSettings {
  enum class Type { periodic, markov_modulated, replay };
  Type type = Type::periodic;
  int interval_1 = 1;  ///< slots between images in state 1
  int interval_2 = 1;
  double p_12 = 0;  ///< probability per slot of leaving state 1
  double p_21 = 0;
  std::string training_file;  ///< replay: HDF5 file with `gap` (sequences x images), for training
                              ///< and transition matrix
  std::string file;           ///< replay: the same for the test simulation
};

/// How many sequences of how many images a simulation runs over.
struct SimulationSize {
  int64_t sequences = 0;
  int64_t images = 0;
  auto operator<=>(const SimulationSize&) const = default;
};

/// docs/model.md#mdp.
struct MdpSettings {
  /// published_mdp is what `published` means under the rules of EdgeML-MDP.
  enum class Stop { published, converged, published_mdp };
  Stop stop = Stop::published;
  double discount = 0;
};

/// Iterations whose learning rate is constant or goes from one value to another.
struct SchedulePhase {
  enum class Shape { linear, cosine };
  int64_t iterations = 0;
  double learning_rate = 0;        ///< at the start of the phase
  double final_learning_rate = 0;  ///< at its end; 0: the same throughout
  Shape shape = Shape::linear;
};

/// docs/model.md#network.
struct DqnSettings {
  /// Of its settings, those that are not below: warm trains on rewards times a power of two
  /// (host/policy/reward_scale.h), published on the rewards as they are.
  enum class Recipe { published, warm };
  enum class Start { random, mdp };
  enum class Center { iteration, window };
  enum class Keep { last, best };
  Recipe recipe = Recipe::published;
  Outputs outputs = Outputs::action_values;
  Start start = Start::random;  ///< mdp: the last layer begins with the MDP's action values
  double reward_smoothing = 0;  ///< share of the training images a training reward is the mean of
  Center center_targets = Center::iteration;  ///< over what the mean that targets lose is taken
  int history_metrics = 0;  ///< H1: previous metrics in the state besides the newest
  int history_gaps =
      -1;  ///< H2: previous gaps besides the newest; < 0: no gaps, transition matrix instead
  int layers = 0;  ///< hidden layers
  int width = 0;   ///< of each hidden layer
  double discount = 0;
  int batch = 0;         ///< windows in one mini-batch
  int mini_batches = 0;  ///< mini-batches in one Q iteration
  std::vector<SchedulePhase> schedule;
  int64_t evaluate_every = 0;         ///< Q iterations; 0: never
  SimulationSize training_sequences;  ///< simulated at evaluations
  SimulationSize validation;          ///< simulated at evaluations, on streams of its own
  Keep keep = Keep::last;             ///< which weights are simulated on the test sequences

  int64_t iterations() const {
    int64_t total = 0;
    for (const SchedulePhase& phase : schedule) total += phase.iterations;
    return total;
  }
};

/// Cameras behind one switch, docs/model.md#fleets.
struct FleetSettings {
  int count = 1;
  std::vector<double> search_rates;   ///< r_i that `hierarchical` may give a camera
  std::vector<double> search_depths;  ///< b_i
  SimulationSize search;              ///< on training images, for every (r_i, b_i)

  /// What a Q iteration of the dqn policy simulates, in steps.
  struct Training {
    int64_t warm_up = 0;  ///< before the images that are trained on
    int64_t steps = 0;    ///< whose images are trained on
    int64_t horizon = 0;  ///< after an image, in which its token may be missed
  };
  Training training;
};

/// Whose details the policies follow: docs/model.md#rules-of-edgeml-mdp.
enum class Rules { edgeml_dqn, edgeml_mdp };

struct StoreSettings {
  bool weights = false;
  bool statistics = false;            ///< what the policies with a bucket did, counted
  SimulationSize traces;              ///< 0 sequences: no traces
  int64_t first_traced_sequence = 0;  ///< store.traces.first_sequence, from 0
};

/// How a GPU computes while it trains. The CPU is always exact.
enum class Math { exact, fast };

/// "exact" or "fast".
const char* math_name(Math math);

/// Mean and standard deviation that metrics are normalised with.
struct MetricScale {
  double mean = 0;
  double deviation = 1;
  auto operator<=>(const MetricScale&) const = default;
};

/// metric_sequence and arrivals say what is trained on, or computed from training; what is
/// simulated as test, and the mean gap of the bounds, follow test_metric_sequence() and
/// test_arrivals(). docs/model.md#metric-sequences.
struct RunSettings {
  std::string dataset;  ///< path, resolved against the config's folder
  double rate = 0;      ///< r, tokens per time unit
  double depth = 0;     ///< b, tokens
  FleetSettings fleet;
  MetricSequenceSettings metric_sequence;
  ArrivalSettings arrivals;
  std::vector<Policy> policies;
  Rules rules = Rules::edgeml_dqn;
  double training_deviation = 0;  ///< percent of the training images dropped, see with_deviation
  MdpSettings mdp;
  DqnSettings dqn;
  SimulationSize test;
  std::optional<MetricSequenceSettings> own_test_metric_sequence;  ///< test.metric_sequence
  std::optional<ArrivalSettings> own_test_arrivals;                ///< test.arrivals
  Math math = Math::exact;
  uint64_t seed = 0;       ///< training and validation streams
  uint64_t test_seed = 0;  ///< test streams, the same for all runs of a sweep
  StoreSettings store;
  /// That of the images a given network was trained on. No setting of a config; nothing: that of
  /// the dataset's training images, docs/model.md#dataset.
  std::optional<MetricScale> metric_scale;
  /// Of a given network: the dataset whose rewards its decisions expect; empty: the run's own.
  std::string trained_dataset;
  /// What a given network's rewards were multiplied by, or those of a training that is continued.
  /// No setting of a config; nothing: what the recipe makes of the dataset.
  std::optional<double> reward_factor;

  const MetricSequenceSettings& test_metric_sequence() const {
    return own_test_metric_sequence ? *own_test_metric_sequence : metric_sequence;
  }
  const ArrivalSettings& test_arrivals() const {
    return own_test_arrivals ? *own_test_arrivals : arrivals;
  }

  bool has(Policy policy) const {
    for (const Policy p : policies)
      if (p == policy) return true;
    return false;
  }
};

}  // namespace edgesweep
