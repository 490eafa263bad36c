#pragma once
#include <optional>
#include <string>
#include <vector>

namespace edgesweep {

/// Weak loss that the published losses of one test sequence contain, docs/model.md#loss.
struct SequenceWeakLoss {
  std::optional<double> spread, reset_probability;  ///< none: iid
  double weak_loss = 0;
  double standard_error = 0;  ///< it was inferred
};

/// experiments/datasets/sequence_weak_loss.csv. InputError for a file of another form.
std::vector<SequenceWeakLoss> read_sequence_weak_losses(const std::string& path);

/// The one of a sequence, or null.
const SequenceWeakLoss* find_weak_loss(const std::vector<SequenceWeakLoss>& known,
                                       const std::optional<double>& spread,
                                       const std::optional<double>& reset_probability);

}  // namespace edgesweep
