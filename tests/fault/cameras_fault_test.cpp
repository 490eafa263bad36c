// Configs of many cameras that do not fit together.
#include <gtest/gtest.h>

#include "tests/support/config_files.h"

namespace edgesweep {
namespace {

using testing::complaint;
using testing::config_text;

const std::string kStrategies = R"("policies": ["isolated", "hierarchical", "smart"])";

TEST(FaultCameras, PoliciesBelongToOneCameraOrToMany) {
  EXPECT_EQ(complaint(config_text(R"("policies": ["smart"])")),
            "config.json: /base/policies: found \"smart\" with one camera; allowed: devices.count "
            "of at least 2 with isolated, hierarchical and smart");
  EXPECT_EQ(complaint(config_text(R"("devices": {"count": 3}, "policies": ["weak", "mdp"])")),
            "config.json: /base/policies: found \"mdp\" with 3 cameras; allowed: weak, strong, "
            "lower_bound, isolated, hierarchical, smart and dqn, or devices.count 1");
  EXPECT_EQ(complaint(config_text(R"("devices": {"count": 3}, )" + kStrategies)), "no error");
}

TEST(FaultCameras, ManyCamerasSeeTheirImagesAtTheSameTimes) {
  EXPECT_EQ(
      complaint(config_text(
          R"("devices": {"count": 2}, "arrivals": {"type": "markov_modulated"}, )" + kStrategies)),
      "config.json: /base/arrivals/type: found other than periodic arrivals with many "
      "cameras; allowed: \"periodic\", or devices.count 1");
  EXPECT_EQ(complaint(config_text(
                R"("devices": {"count": 2}, "metric_sequence": {"type": "replay", "file": "f"}, )" +
                kStrategies)),
            "config.json: /base/metric_sequence/type: found \"replay\" with many cameras; allowed: "
            "\"iid\" or \"local_reset\", or devices.count 1");
}

TEST(FaultCameras, TheGridHoldsABucketThatMayBeGiven) {
  EXPECT_EQ(complaint(config_text(R"("rate": 0.25, "depth": 2, "devices": {"count": 2, "search": )"
                                  R"({"rates": [0.1, 0.25], "depths": [1, 1.5]}}, )" +
                                  kStrategies)),
            "config.json: /base/devices/search/rates: found only buckets that hold less than a "
            "camera's share; allowed: one bucket of at least rate 0.25 or depth 2");
  EXPECT_EQ(
      complaint(
          config_text(R"("devices": {"count": 2, "search": {"rates": [0.001]}}, )" + kStrategies)),
      "config.json: /base/devices/search/rates: found 0.001 with depth 1, which make no token "
      "bucket; allowed: rates near Q/P with whole 1 <= Q < P <= 100, and depths of at least "
      "one token");
}

/// It starts from hierarchical, so it needs the search; its cameras have a memory of their own.
TEST(FaultCameras, ADqnOfManyCamerasNeedsTheGridAndNoHistory) {
  EXPECT_EQ(
      complaint(config_text(R"("devices": {"count": 2, "search": {"rates": [0.1], )"
                            R"("depths": [1]}}, "rate": 0.25, "depth": 1, "policies": ["dqn"])")),
      "config.json: /base/devices/search/rates: found only buckets that hold less than a "
      "camera's share; allowed: one bucket of at least rate 0.25 or depth 1");
  EXPECT_EQ(complaint(config_text(R"("devices": {"count": 2}, "policies": ["dqn"], )"
                                  R"("dqn": {"history_metrics": 2000}, )"
                                  R"("test": {"sequences": 1, "images": 100})")),
            "no error");
}

TEST(FaultCameras, SlotsAreCountedIn32Bits) {
  EXPECT_EQ(complaint(config_text(R"("devices": {"count": 8}, "test": {"images": 300000000}, )" +
                                  kStrategies)),
            "config.json: /base/test/images: found 300000000 with 8 cameras; allowed: at most "
            "268435455");
}

TEST(FaultCameras, ANetworkSeesNormalisedMetrics) {
  EXPECT_EQ(complaint(config_text(R"("rules": "edgeml_mdp", "policies": ["dqn"])")),
            "config.json: /base/rules: found \"edgeml_mdp\" with the dqn policy; allowed: "
            "\"edgeml_dqn\", or policies without dqn");
}

TEST(FaultCameras, RangesAndNames) {
  EXPECT_EQ(complaint(config_text(R"("devices": {"count": 65})")),
            "config.json: /base/devices/count: found 65; allowed: an integer from 1 to 64");
  EXPECT_EQ(complaint(config_text(R"("training_deviation": 100)")),
            "config.json: /base/training_deviation: found 100; allowed: a number from -99 to 99");
  EXPECT_NE(complaint(config_text(R"("devices": {"number": 2})")).find("unknown key \"number\""),
            std::string::npos);
  EXPECT_NE(complaint(config_text(R"("rules": "edgeml_mpd")")).find("did you mean \"edgeml_mdp\""),
            std::string::npos);
}

}  // namespace
}  // namespace edgesweep
