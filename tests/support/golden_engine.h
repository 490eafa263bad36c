#pragma once
#include <memory>
#include <string>
#include <vector>

#include "host/config/settings.h"
#include "host/data/dataset.h"
#include "host/data/replay.h"
#include "host/engine/network/network_shape.h"
#include "host/engine/problem/sequence_source.h"

namespace edgesweep::testing {

/// Paths of the child groups of a group of the golden file: "targets/case0", "targets/case1", ...
std::vector<std::string> golden_cases(const std::string& parent);

/// A golden array rounded to single precision, row-major.
std::vector<float> golden_single(const std::string& dataset_path);

/// A golden (sequences x images) array of ranks or gaps as a replayed table.
std::shared_ptr<const ReplayTable> golden_table(const std::string& dataset_path);

/// A source that replays these ranks and gaps; `images` outlives it.
SequenceSource golden_replay(const ImageSet& images, const std::string& index_path,
                             const std::string& gap_path);

/// Weights and biases GROUP/w0SUFFIX, GROUP/w1SUFFIX, ... of a network of this many layers, in the
/// layout of NetworkShape.
struct GoldenNetwork {
  NetworkShape shape;
  std::vector<float> weights;
};
GoldenNetwork golden_network(const std::string& group, int layers, const std::string& suffix = "");

/// int1, int2, tprob1, tprob2 of a golden group.
ArrivalSettings golden_arrivals(const std::string& group);

}  // namespace edgesweep::testing
