#pragma once
#include <map>
#include <string>

#include "host/results/results_file.h"

namespace edgesweep {

/// mean(wcost_ts): the mean weak cost of all test images of a run's dataset, which is the level of
/// its losses (SPEC.md section 1).
class TestWeakLoss {
 public:
  explicit TestWeakLoss(const StoredSweep& sweep) : sweep_(sweep) {}

  /// Loss of the policy `weak` if the run has it; else from the dataset, found as the run found it.
  /// Throws InputError when that is not there any more or is another one.
  double of(const StoredRun& run);

 private:
  const StoredSweep& sweep_;
  std::map<std::string, double> known_;  ///< by dataset
};

}  // namespace edgesweep
