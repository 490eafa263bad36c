#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/engine/network/network_shape.h"
#include "host/policy/token_bucket.h"
#include "host/results/results_file.h"

namespace edgesweep {

/// The reward that a metric promises (docs/model.md#training-rewards) as steps over the normalised
/// metric m: reward[i], where i is the first step with high[i] - m >= m - low[i] in double
/// precision, or the last reward. Between steps the nearest training image changes, and nothing
/// that a decision can see.
struct PromisedReward {
  std::vector<double> low, high;  ///< [step]: metrics of the training images to either side of it
  std::vector<float> reward;      ///< one more

  float at(double metric) const;
};

/// A trained network that decides, and all that it needs for that: docs/model.md#decision.
struct ExportedPolicy {
  std::string run;     ///< id
  std::string digest;  ///< of the results file
  TokenBucket bucket;
  int metrics = 0;  ///< of the window, newest first
  int gaps = 0;     ///< behind them
  Outputs outputs = Outputs::action_values;
  NetworkShape shape;
  std::vector<float> weights;  ///< layout of NetworkShape
  double metric_mean = 0;      ///< normalised metric = (metric - mean) / deviation
  double metric_deviation = 1;
  PromisedReward promised;  ///< of after_states; else one reward, 0

  /// A sequence of images and what the network decides, for whoever wants to check a copy.
  struct Example {
    std::vector<double> metric;  ///< as in the dataset
    std::vector<int32_t> gap;    ///< time units since the image before; the first one's is not used
    std::vector<int32_t> units;  ///< before the image
    std::vector<int32_t> offload;  ///< 1: offloaded
  };
  Example example;
};

/// The policy of a run with stored weights of the results file `file`, as it was tested. Reads the
/// run's dataset. images: of the example. Throws InputError for a run without weights, of many
/// cameras, or whose network comes from another file, and if its dataset is not found.
ExportedPolicy exported_policy(const StoredSweep& results, const StoredRun& run,
                               const std::string& file, int64_t images);

}  // namespace edgesweep
