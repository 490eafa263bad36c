#pragma once
#include <map>
#include <string>

#include "host/results/stored_inputs.h"

namespace edgesweep {

/// mean(wcost_ts): the mean weak cost of all test images of a run's dataset, which is the level of
/// its losses (docs/model.md#loss).
class TestWeakLoss {
 public:
  /// sweep: as it was read from `file`; outlives this.
  TestWeakLoss(const StoredSweep& sweep, const std::string& file) : inputs_(sweep, file) {}

  /// Loss of the policy `weak` if the run has it; else from the dataset. Throws InputError when
  /// StoredInputs does not find that.
  double of(const StoredRun& run);

 private:
  StoredInputs inputs_;
  std::map<std::string, double> known_;  ///< by dataset
};

}  // namespace edgesweep
