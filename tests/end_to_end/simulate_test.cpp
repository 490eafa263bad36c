// A trained network applied to the runs of another config.
#include <gtest/gtest.h>

#include <filesystem>

#include "host/data/dataset.h"
#include "host/results/results_file.h"
#include "tests/support/dataset_files.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

class Simulate : public ::testing::Test {
 protected:
  Simulate() {
    write_bytes(folder_.file("small.json"), small_config(30));
    const Finished run = command({"run", "small.json", "-o", "trained.h5"});
    if (run.exit_code != 0) throw std::runtime_error(run.err);
    trained_ = *read_results(folder_.file("trained.h5"));
  }

  Finished command(const std::vector<std::string>& arguments) const {
    return edgesweep_command(arguments, folder_.path());
  }

  /// Applies the network of rate 0.1 to small.json with changes.
  Finished simulate(const std::vector<std::string>& changes, const std::string& output = "out.h5",
                    const std::string& rate = "0.1") const {
    std::vector<std::string> arguments = {"simulate",   "trained.h5", "--run",
                                          network().id, "small.json", "-o",
                                          output,       "--set",      "rate=" + rate};
    for (const std::string& change : changes) arguments.insert(arguments.end(), {"--set", change});
    return command(arguments);
  }
  RunResult simulated(const std::vector<std::string>& changes) const {
    const Finished run = simulate(changes, "out.h5");
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return read_results(folder_.file("out.h5"))->runs.at(0).result;
  }
  const RunResult& network() const { return trained_.runs.at(0).result; }

  const TemporaryFolder folder_;
  StoredSweep trained_;
};

void expect_same_policies(const RunResult& a, const RunResult& b) {
  ASSERT_EQ(a.policies.size(), b.policies.size());
  for (size_t p = 0; p < a.policies.size(); ++p) {
    EXPECT_EQ(a.policies[p].loss, b.policies[p].loss) << policy_name(a.policies[p].policy);
    EXPECT_EQ(a.policies[p].loss_se, b.policies[p].loss_se);
    EXPECT_EQ(a.policies[p].offload_rate, b.policies[p].offload_rate);
  }
}

TEST_F(Simulate, GivesTheResultsOfTheTrainingItself) {
  const RunResult again = simulated({});
  expect_same_policies(again, network());
  EXPECT_EQ(again.weights, network().weights);
  EXPECT_EQ(again.iterations, 0) << "nothing is trained";
  EXPECT_TRUE(again.curve.empty());
  EXPECT_EQ(again.traces.policies[5].offload, network().traces.policies[5].offload);
}

TEST_F(Simulate, GivesTheResultsOfATrainingThatTestsElsewhere) {
  const std::vector<std::string> elsewhere = {
      "test_seed=7", "test.metric_sequence={\"type\": \"iid\"}", "test.images=3000"};
  std::vector<std::string> arguments = {"run",          "small.json", "-o",
                                        "elsewhere.h5", "--set",      "rate=0.1"};
  for (const std::string& change : elsewhere) arguments.insert(arguments.end(), {"--set", change});
  ASSERT_EQ(command(arguments).exit_code, 0);
  const RunResult expected = read_results(folder_.file("elsewhere.h5"))->runs.at(0).result;
  EXPECT_NE(expected.policies[5].loss, network().policies[5].loss);
  expect_same_policies(simulated(elsewhere), expected);
}

TEST_F(Simulate, SaysWhereTheWeightsComeFrom) {
  ASSERT_EQ(simulate({}).exit_code, 0);
  const StoredSweep out = *read_results(folder_.file("out.h5"));
  std::string run;
  std::string results;
  for (const auto& [name, value] : out.runs.at(0).config.columns()) {
    if (name == "network_run") run = value;
    if (name == "network_results") results = value;
  }
  EXPECT_EQ(run, network().id);
  EXPECT_EQ(results, results_digest(trained_));
  EXPECT_EQ(out.experiments.at(0).runs.at(0), out.runs[0].result.id);
  EXPECT_EQ(command({"show", "out.h5"}).exit_code, 0);
  const Finished verify = command({"verify", "out.h5"});
  EXPECT_EQ(verify.exit_code, 2);
  EXPECT_NE(verify.err.find("a network that was trained for another file"), std::string::npos);
  EXPECT_EQ(command({"run", "small.json", "-o", "out.h5", "--set", "rate=0.1"}).exit_code, 2)
      << "results of another config";
}

TEST_F(Simulate, RefusesAnotherNumberOfWeightsThanTheSettingsHave) {
  StoredSweep changed = trained_;
  std::vector<float>& weights = changed.runs.at(0).result.weights;
  const size_t whole = weights.size();
  weights.pop_back();
  write_results(folder_.file("trained.h5"), changed);
  for (const Finished& run : {simulate({}), command({"latency", "trained.h5"})}) {
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_EQ(run.err, "edgesweep: trained.h5: /weights/" + network().id + "/last: found " +
                           std::to_string(whole - 1) + " values; allowed: " +
                           std::to_string(whole) + ", as the run's settings have it\n");
  }
}

TEST_F(Simulate, NormalisesAnotherDatasetAsTheNetworkWasTrained) {
  // The same images with metrics doubled and shifted in the training split alone: their own mean
  // and deviation would move the test metrics.
  const std::string path = testing::source_dir() + "/experiments/datasets/imagenet_top5.h5";
  const std::shared_ptr<const Dataset> own = load_dataset(path);
  std::vector<double> moved = own->training.raw_metric;
  for (double& metric : moved) metric = 2 * metric + 0.25;
  write_hdf5(folder_.file("other.h5"), {{"metric_tr", moved},
                                        {"wcost_tr", own->training.weak_cost},
                                        {"scost_tr", own->training.strong_cost},
                                        {"metric_ts", own->test.raw_metric},
                                        {"wcost_ts", own->test.weak_cost},
                                        {"scost_ts", own->test.strong_cost}});
  const RunResult other = simulated({"dataset=other.h5"});
  EXPECT_EQ(other.metric_mean, network().metric_mean);
  EXPECT_EQ(other.metric_deviation, network().metric_deviation);
  EXPECT_EQ(other.policies[5].loss, network().policies[5].loss);
  EXPECT_EQ(other.traces.metric, network().traces.metric);
  EXPECT_NE(other.baseline_threshold, network().baseline_threshold) << "of other training images";
}

TEST_F(Simulate, RefusesWhatDoesNotFit) {
  const auto refusal = [&](const std::vector<std::string>& changes, const std::string& rate) {
    const Finished run = simulate(changes, "refused.h5", rate);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_FALSE(std::filesystem::exists(folder_.file("refused.h5")));
    return run.err;
  };
  EXPECT_NE(refusal({}, "0.25").find("integers Q/P/M are 1/4/8; allowed: 1/10/20"),
            std::string::npos);
  EXPECT_NE(refusal({"dqn.history_metrics=9"}, "0.1")
                .find("found dqn.history_metrics 9; allowed: 7, as the network of run"),
            std::string::npos);
  EXPECT_NE(refusal({"dqn.width=13"}, "0.1").find("--set dqn.width=12"), std::string::npos);
  EXPECT_NE(refusal({"policies=[\"weak\"]"}, "0.1").find("policies without dqn"),
            std::string::npos);
}

TEST_F(Simulate, TakesAnUnambiguousBeginningOfTheId) {
  const auto with_run = [&](const std::string& id) {
    return command({"simulate", "trained.h5", "--run", id, "small.json", "--set", "rate=0.1", "-o",
                    "out.h5", "--force"});
  };
  EXPECT_EQ(with_run(network().id.substr(0, 6)).exit_code, 0);
  const Finished unknown = with_run("zzz");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("nearest: "), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find(network().id), std::string::npos) << unknown.err;
  EXPECT_EQ(with_run("").exit_code, 2);
}

TEST_F(Simulate, NeedsWeights) {
  ASSERT_EQ(command({"run", "small.json", "-o", "trained.h5", "--force", "--set",
                     "store.weights=false", "--set", "rate=0.1"})
                .exit_code,
            0);
  const std::string id = read_results(folder_.file("trained.h5"))->runs.at(0).result.id;
  const Finished run = command({"simulate", "trained.h5", "--run", id, "small.json"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("found no weights"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace edgesweep::testing
