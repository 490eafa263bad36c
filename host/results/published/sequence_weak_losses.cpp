#include "host/results/published/sequence_weak_losses.h"

#include "host/data/csv.h"
#include "host/results/published/published_losses.h"

namespace edgesweep {
namespace {

bool same(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || same_setting(*a, *b));
}

}  // namespace

std::vector<SequenceWeakLoss> read_sequence_weak_losses(const std::string& path) {
  const CsvFile csv(path);
  csv.require({"sequence", "spread", "rprob", "weak_loss", "standard_error"});
  std::vector<SequenceWeakLoss> known;
  for (size_t row = 0; row < csv.rows(); ++row) {
    SequenceWeakLoss entry;
    const std::string& sequence = csv.text(row, "sequence");
    if (sequence == "local_reset") {
      entry.spread = csv.number(row, "spread", 0, 1);
      entry.reset_probability = csv.number(row, "rprob", 0, 1);
    } else if (sequence != "iid") {
      throw csv.refusal(row, "sequence", "iid or local_reset");
    }
    entry.weak_loss = csv.number(row, "weak_loss", 0, 1);
    entry.standard_error = csv.number(row, "standard_error", 0, 1);
    if (find_weak_loss(known, entry.spread, entry.reset_probability) != nullptr)
      throw csv.refusal(row, "sequence", "every sequence once");
    known.push_back(entry);
  }
  return known;
}

const SequenceWeakLoss* find_weak_loss(const std::vector<SequenceWeakLoss>& known,
                                       const std::optional<double>& spread,
                                       const std::optional<double>& reset_probability) {
  for (const SequenceWeakLoss& entry : known)
    if (same(entry.spread, spread) && same(entry.reset_probability, reset_probability))
      return &entry;
  return nullptr;
}

}  // namespace edgesweep
