#pragma once
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace edgesweep::testing {

/// Iterations that take small_config() seconds: long enough to be hit in the middle.
inline constexpr int kSecondsOfIterations = 60000;

/// Runs small.json with checkpoints as often as one can.
inline const std::vector<std::string> kRunSmallConfig = {"run",    "small.json",         "-o",
                                                         "out.h5", "--checkpoint-every", "0.05"};

/// A config of two rates with every policy and a small network, seconds long with `iterations` in
/// the thousands. `extra` is inserted into base, e.g. R"(, "seed": 3)".
std::string small_config(int iterations, const std::string& extra = "");

/// The digest in a results file: SHA-256 of everything that must be bit-equal.
std::string digest_of(const std::string& results_path);

}  // namespace edgesweep::testing
