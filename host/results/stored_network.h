#pragma once
#include <filesystem>
#include <string>

#include "host/config/settings.h"
#include "host/engine/network/network_shape.h"
#include "host/policy/token_bucket.h"
#include "host/results/results_file.h"

namespace edgesweep {

/// The settings of a run of the results file `file`; relative paths are taken from `folder`. Throws
/// InputError, naming the run, if what the file holds are not the settings of a run.
RunSettings stored_settings(const StoredRun& run, const std::string& file,
                            const std::filesystem::path& folder);

/// The network of a run that has a dqn: what stands in the settings, and its shape.
struct StoredNetwork {
  DqnSettings dqn;
  TokenBucket bucket;
  NetworkShape shape;
};

/// Throws InputError as above, and if the file has another number of weights than the shape.
StoredNetwork stored_network(const StoredRun& run, const std::string& file);

}  // namespace edgesweep
