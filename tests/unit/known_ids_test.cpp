// Ids of the runs of all configs, written down from the program of commit e91b80f: a run whose id
// changes is not found again in the results that people have.
#include <gtest/gtest.h>

#include "host/sha256.h"
#include "host/sweep/expand.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

struct KnownIds {
  const char* config;  ///< below configs/
  size_t runs;         ///< of all its experiments
  const char* sha256;  ///< of their ids, one a line
};

constexpr KnownIds kConfigs[] = {
    {"edgeml_mdp/learned_devices.json", 3,
     "74f479f02995f3a531ff6b716e12ade2057a7454ba12e56178e5b69e73a87e0c"},
    {"edgeml_mdp/many_devices.json", 42,
     "1cb337ccabb1bdc5100c7696cc36f12dde35b521971c133cbd465ab9eba8863e"},
    {"edgeml_mdp/own_many_devices.json", 126,
     "4d0da4f0b9917499b562872c5220496e7ce2574b71b674d5f1a6fd4b667f0366"},
    {"edgeml_mdp/own_robustness.json", 1701,
     "20510647309811a712b5fdef193bacb2924fbdebdbf7d5f73724a39479afeb3d"},
    {"edgeml_mdp/own_single_device.json", 810,
     "0c0659c7e9da4418f215c409dffdd329eb08655398fd33c75ba0bf2e32bebd50"},
    {"edgeml_mdp/robustness.json", 189,
     "3cccba9b9726081181abbd315b38f2bd59307d429b8f2221d0ced9914728aab7"},
    {"edgeml_mdp/single_device.json", 90,
     "fef35ff136a438da8a0f5d6715a808b987e66ce57c924d4dd9c53c8ebda7decb"},
    {"own_classifiers.json", 6, "89d73e39914d1f35c02b249692effb94fef4bfd74f94c43fe179684d3a735539"},
    {"paper/figure_10a.json", 1,
     "3c2c3c914c23ac0f0600918668101c36bec4b084af739d1d4a96784d2eaada41"},
    {"paper/figure_10b.json", 1,
     "348b5bb0ed60e26f43b7a2a8a8587c3b12db618f46ac6fa715718895ca38a0c2"},
    {"paper/figure_11.json", 7, "63a3dd50f4b13c1cd11c222597b17372aae1c01afb9b46f66a8fa0b3789b22e3"},
    {"paper/figure_5a.json", 33,
     "37c633bb9e99d7bbb315e85693bd4b9d84a725038814eeb082140b01b5d222fd"},
    {"paper/figure_5b.json", 21,
     "7b68fa30b645579529e5f540ccb67f18454adf32b9c7641f74a97b68568465bb"},
    {"paper/figure_6.json", 60, "e8acd8a71c67d31a8e1ad71081613280e3483b27bf4c11ce1354d81605f35493"},
    {"paper/figure_7a.json", 1, "a2b54c57103100b77184d516591f470999b6783b8aa7b4444174feadc889fd6b"},
    {"paper/figure_7b.json", 1, "4f2f624d659944a9a0befcbce71e785f2343648b3d37f534abc60a4b94830c89"},
    {"paper/figure_8.json", 12, "b64a855ea0b04ff2a1d826e29d10075acf812e9521a5fe34c12e43b763adab65"},
    {"paper/figure_9.json", 60, "3cb53e5609e5c017e42cd45c79724cb61731208ac225346c4e8bf1844d913b84"},
    {"paper/figure_e.json", 2, "10c7b79d69799739098a1cdd91183941ab045c90d8582ed3efcfbea8f4a1dccb"},
    {"paper/paper.json", 199, "d1cca1579a4117f18493c93c908bca0df1220e81e2733a5992832b99097dc0a5"},
    {"paper/recipes.json", 24, "93b720d177584cd20890dea78bd13b5a620eb3792335456a4664700432c81be1"},
    {"paper/recipes_bursts.json", 2,
     "a3d3073ffbe9315a01497e1713ca253335ec8ad5fdea9f108dfcc7c1e9195565"},
    {"paper/recipes_correlated.json", 6,
     "b443ae117f304f432421d56e5d2835794b9205cf82761ee4cf1bf011e24875c4"},
    {"quickstart.json", 6, "dcc56c4594eebdb19c102c00a386b5d9d17abc42a1ab612c7572f16e847a07e7"},
};

TEST(KnownIds, AreThoseOfTheOlderProgramWithItsRecipe) {
  for (const KnownIds& known : kConfigs) {
    const Sweep sweep = load_sweep(testing::source_dir() + "/configs/" + known.config,
                                   {{R"(dqn.recipe="warm_5x64")"}, {}});
    std::string lines;
    size_t runs = 0;
    for (const Experiment& experiment : sweep.experiments)
      for (const std::string& id : experiment.runs) {
        lines += id + "\n";
        ++runs;
      }
    EXPECT_EQ(runs, known.runs) << known.config;
    EXPECT_EQ(sha256_hex(lines.data(), lines.size()), known.sha256) << known.config;
  }
}

}  // namespace
}  // namespace edgesweep
