#pragma once
// A small sweep, executed by the whole program on emulated GPUs.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {

using Texts = std::vector<std::string>;

/// Every sequence type, arrivals and state that the backend treats differently.
inline constexpr const char* kSweep = R"({
  "name": "small",
  "base": {
    "dataset": "DATASET", "depth": 2,
    "policies": ["weak", "strong", "lower_bound", "baseline", "mdp", "dqn", "clairvoyant", "clairvoyant_metric"],
    "dqn": {
      "history_metrics": 7, "layers": 2, "width": 12, "batch": 16, "mini_batches": 4,
      "schedule": [{"iterations": 8, "learning_rate": 0.001}], "evaluate_every": 3,
      "training_sequences": {"sequences": 2, "images": 150},
      "validation": {"sequences": 2, "images": 150}
    },
    "test": {"sequences": 3, "images": 300},
    "store": {"weights": true, "traces": {"sequences": 1, "images": 50}}
  },
  "sweep": {
    "rate": [0.1, 0.25],
    "metric_sequence": [{"type": "iid"}, {"type": "local_reset", "reset_probability": 0.1}],
    "zip": [{
      "arrivals": [{"type": "periodic"}, {"type": "periodic"},
                   {"type": "markov_modulated", "interval_1": 1, "interval_2": 3, "p_12": 0.1, "p_21": 0.05}],
      "dqn.history_gaps": [-1, 0, 2]
    }]
  }
})";

class EmulatedRun : public ::testing::Test {
 protected:
  void SetUp() override { write_config(""); }

  /// sweep: another one than that of kSweep.
  void write_config(const std::string& sweep) {
    std::string config = kSweep;
    config.replace(config.find("DATASET"), 7,
                   testing::source_dir() + "/experiments/datasets/imagenet_top5.h5");
    if (!sweep.empty())
      config.replace(config.find(R"("sweep")"), std::string::npos, R"("sweep": )" + sweep + "}");
    write_bytes(folder_.file("small.json"), config);
  }

  /// edgesweep_emulated with variables of the emulation ("NAME=value") set, and `others` as they
  /// are.
  Finished command(const Texts& arguments, const Texts& environment = {},
                   const Texts& others = {}) {
    Texts all = {"/usr/bin/env"};
    for (const std::string& variable : environment) all.push_back("CUDA_EMULATION_" + variable);
    all.insert(all.end(), others.begin(), others.end());
    all.emplace_back(EDGESWEEP_EMULATED_PROGRAM);
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Process(all, folder_.path()).wait();
  }

  Finished run(const std::string& backend, const std::string& file, const Texts& environment = {},
               const Texts& more = {}) {
    Texts arguments = {"run", "small.json", "-o", file, "--backend", backend, "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return command(arguments, environment);
  }

  std::string cpu_digest() {
    const Finished finished = run("cpu", "cpu.h5");
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return digest_of(folder_.file("cpu.h5"));
  }

  const TemporaryFolder folder_;
};

}  // namespace edgesweep::testing
