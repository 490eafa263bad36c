// `edgesweep latency`: what it prints, not how fast it is.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "host/results/results_file.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

TEST(LatencyCommand, MeasuresTheChosenRun) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(20));
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "out.h5"}, folder.path()).exit_code, 0);
  const std::string second = read_results(folder.file("out.h5"))->runs.at(1).result.id;
  const Finished json = edgesweep_command(
      {"latency", "out.h5", "--run", second, "--decisions", "500", "--json"}, folder.path());
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const auto object = nlohmann::json::parse(json.out);
  EXPECT_EQ(object.at("run"), second);
  EXPECT_EQ(object.at("decisions"), 500);
  EXPECT_EQ(object.at("layers")[0], 8);
  EXPECT_GT(object.at("median_us"), 0);
  EXPECT_LE(object.at("median_us"), object.at("p99_us"));
  EXPECT_LE(object.at("p99_us"), object.at("largest_us"));

  const Finished text = edgesweep_command({"latency", "out.h5", "--decisions", "1"}, folder.path());
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "(rate 0.1): network 8 - 12 - 12 - ")) << text.out;

  const Finished start = edgesweep_command(
      {"latency", "out.h5", "--run", second.substr(0, 8), "--decisions", "1"}, folder.path());
  EXPECT_EQ(start.exit_code, 0) << start.err;
  EXPECT_TRUE(contains(start.out, "run " + second)) << start.out;

  const Finished unknown =
      edgesweep_command({"latency", "out.h5", "--run", "x" + second.substr(1)}, folder.path());
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(contains(unknown.err, "nearest: " + second)) << unknown.err;
}

TEST(LatencyCommand, AsksForStoredWeights) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(1));
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "out.h5", "--set", "store.weights=false"},
                              folder.path())
                .exit_code,
            0);
  const Finished latency = edgesweep_command({"latency", "out.h5"}, folder.path());
  EXPECT_EQ(latency.exit_code, 2);
  EXPECT_TRUE(contains(latency.err, "store.weights=true")) << latency.err;
  const std::string first = read_results(folder.file("out.h5"))->runs.at(0).result.id;
  const Finished named = edgesweep_command({"latency", "out.h5", "--run", first}, folder.path());
  EXPECT_EQ(named.exit_code, 2);
  EXPECT_TRUE(contains(named.err, "/weights/" + first + ": found no stored weights")) << named.err;
}

}  // namespace
}  // namespace edgesweep::testing
