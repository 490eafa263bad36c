#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/data/logit_source.h"

namespace edgesweep {

/// What a wrong answer costs, from the rank of the true class (1: it is the answer).
enum class Cost {
  top1,    ///< 1 if rank > 1, else 0
  top5,    ///< 1 if rank > 5, else 0
  rank10,  ///< min(rank, 10)
  own,     ///< the file's arrays weak_cost and strong_cost
};

/// "top1", "top5", "rank10" or "own". Throws InputError that names the option --cost.
Cost parse_cost(const std::string& name);
std::string cost_name(Cost cost);

/// What each image costs.
struct PairCosts {
  Cost cost = Cost::top5;
  std::vector<double> weak, strong;
};

/// A weak and a strong classifier on the same images, in the order of the file.
struct ClassifierPair {
  std::string path;
  std::string sha256;                        ///< of the file, hex
  std::unique_ptr<LogitSource> weak_logits;  ///< (images x classes)
  std::vector<int32_t> label;                ///< in 0..classes-1
  std::vector<double> weak_margin;           ///< greatest weak logit - that of the true class
  int64_t weak_right = 0;                    ///< images whose greatest weak logit is that class's
  std::vector<PairCosts> costs;              ///< in the order asked for
  std::vector<int32_t> fold;  ///< of each image, as the file says; empty if it does not

  int64_t images() const { return static_cast<int64_t>(label.size()); }
};

/// Could a classifier that knows nothing be right so often? Three standard deviations above the
/// mean count as yes.
bool right_by_chance(int64_t right, int64_t images, int64_t classes);

/// Reads a .npz or HDF5 file (by content) with
///
///   weak_logits (wlogit)                 images x classes
///   label (gt)                           true class of each image, from 0
///   weak_rank (wrank)                    rank of the true class, from 1; default: from weak_logits
///   strong_rank (srank)                  the same, or strong_logits (slogit) to find it from
///   weak_cost, strong_cost               instead of ranks, with Cost::own
///   split                                fold of each image, optional
///
/// In brackets the names the reference's files have. Ranks found from logits count, of equal
/// logits, the lower class number first. Throws InputError with file and array for everything that
/// is missing, damaged or out of range, for probabilities in place of weak logits, and for labels
/// that count from 1 or leave out a background class.
ClassifierPair read_classifier_pair(const std::string& path, const std::vector<Cost>& costs);

}  // namespace edgesweep
