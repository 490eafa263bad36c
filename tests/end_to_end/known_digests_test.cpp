// Digests of eleven shrunk configs, written down from the program of commit e91b80f. A digest that
// changes is a change of results: it needs a line in CHANGELOG.md that says for whom.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

constexpr const char* kPublished = R"(dqn.recipe="published")";

struct KnownConfig {
  const char* name;
  std::string path;  ///< from the source folder
  std::vector<std::string> changes;
  const char* digest;
};

const std::vector<KnownConfig> kConfigs = {
    {"quickstart",
     "configs/quickstart.json",
     {"--scale", "0.01", "--set", "test.images=2000", "--set", "dqn.training_sequences.images=1000",
      "--set", "dqn.validation.images=1000", "--set", "store.traces.images=50"},
     "04b106df86ed43eb8435d2ebe98c2303e27db06430b7c9a7f48236b9cf7a45f7"},
    {"depths",
     "configs/paper/figure_6.json",
     {"--scale", "0.01", "--set", "rate=[0.05,0.25]", "--set", "depth=[1,5,20]", "--set",
      "test.images=2000", "--set", "dqn.evaluate_every=0", "--set", "dqn.layers=2"},
     "36864c4f5b0974cee67173a5d3d443ca446948f17c90b27a3677ef42d033261a"},
    {"gaps",
     "configs/paper/figure_10a.json",
     {"--scale", "0.01", "--set", "test.images=2000", "--set", "dqn.evaluate_every=0", "--set",
      "dqn.history_gaps=[0,3]", "--set", "dqn.history_metrics=15", "--set", "seed=[1,7]"},
     "105d388fb0bff2fb4b7ed8c5f75c9eb415c5d0df3aea4b502a636c6639c876f2"},
    {"published",
     "configs/paper/figure_5a.json",
     {"--scale", "0.001", "--set", kPublished, "--set", "metric_sequence.spread=[0,0.3]", "--set",
      "metric_sequence.reset_probability=[0.1]", "--set", "dqn.layers=3", "--set",
      "test.images=2000", "--set", "dqn.training_sequences.images=1000", "--set",
      "dqn.validation.images=1000", "--set", R"(dqn.keep="best")"},
     "3f8852183f99f0bae57e49df28dce724d32b30fa6a446ac7bb7f595563a3dd96"},
    {"single_device",
     "configs/edgeml_mdp/single_device.json",
     {"--set", "rate=[0.05,0.25]", "--set", "depth=[1,4.5]", "--set", "test.sequences=3", "--set",
      "test.images=5000"},
     "0870c598efead174de098f09ddf72eec863b54a97b5cc9c2e26027a9e3913ece"},
    {"robustness",
     "configs/edgeml_mdp/robustness.json",
     {"--set", "rate=0.1", "--set", "depth=[2.5]", "--set", "test.sequences=2", "--set",
      "test.images=5000"},
     "04713da416c6322fa58bbf54b9716967a17b68c168584754dac21c520b87f452"},
    {"learned_devices",
     "configs/edgeml_mdp/learned_devices.json",
     {"--scale", "0.01",
      "--set",   "devices.count=[2,3]",
      "--set",   "devices.search.sequences=17",
      "--set",   "devices.search.images=300",
      "--set",   "devices.search.rates=[0.1,0.125,0.2]",
      "--set",   "devices.search.depths=[1,1.5,2]",
      "--set",   "test.images=1000",
      "--set",   "dqn.mini_batches=4",
      "--set",   "dqn.training_sequences.images=200",
      "--set",   "dqn.validation.images=200"},
     "c0f96b2bdb71a6eb91e23baf31f6fccb3939050ca00de11fa2c77e15ade3e1ea"},
    {"many_devices",
     "configs/edgeml_mdp/many_devices.json",
     {"--set", "rate=0.1", "--set", "depth=[1,2]", "--set", "devices.count=[2,5]", "--set",
      "devices.search.sequences=20", "--set", "devices.search.images=300", "--set",
      "devices.search.rates=[0.1,0.125,0.2]", "--set", "devices.search.depths=[1,2,3]", "--set",
      "test.sequences=3", "--set", "test.images=1000"},
     "17c5630176b3cc5d0a61290f399708ae6632b38e0cad1cbb270b8d99733c3fd7"},
    {"clairvoyant",
     "configs/paper/figure_7a.json",
     {"--set", "rate=[0.1,0.3]", "--set", "depth=2", "--set",
      R"(policies=["weak","baseline","mdp","clairvoyant","clairvoyant_metric"])", "--set",
      R"(test.arrivals.type="markov_modulated")", "--set", "test.sequences=3", "--set",
      "test.images=3000", "--set", "test_seed=5"},
     "1fef7b193952ed9d1060f8f51cffac97621781ef35cb3c728677046dd56b2999"},
    {"recipes",
     "configs/paper/recipes.json",
     {"--scale", "0.002", "--set", "seed=[2]", "--set", "test.images=2000", "--set",
      "dqn.validation.images=500", "--set", "dqn.mini_batches=4", "--set", "dqn.history_metrics=9",
      "--set", "dqn.layers=1"},
     "5a79f077a5f6e756a096fd1c054bdad80d3de44e1964544038116b0f58b4103b"},
    {"replay",
     "tests/data/format_4/replay.json",
     {},
     "c4e84cd524edc545bc91c9161dd0a42eb5e31cc5f6ac893e2f9a4d730b3c9d03"},
};

class KnownDigest : public ::testing::TestWithParam<KnownConfig> {};

TEST_P(KnownDigest, IsThatOfTheOlderProgram) {
  const TemporaryFolder folder;
  const KnownConfig& config = GetParam();
  std::vector<std::string> arguments{"run", source_dir() + "/" + config.path, "-o", "out.h5",
                                     "--quiet"};
  arguments.insert(arguments.end(), config.changes.begin(), config.changes.end());
  if (std::find(arguments.begin(), arguments.end(), kPublished) == arguments.end())
    arguments.insert(arguments.end(), {"--set", "dqn.recipe=warm_5x64"});  // what it had as default
  const Finished run = edgesweep_command(arguments, folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(digest_of(folder.file("out.h5")), config.digest);
}

INSTANTIATE_TEST_SUITE_P(Configs, KnownDigest, ::testing::ValuesIn(kConfigs),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace edgesweep::testing
