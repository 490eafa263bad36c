// The program as a person uses it: one config in, one results file out.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "host/config/defaults.h"
#include "host/engine/cpu/simd.h"
#include "host/results/results_file.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

TEST(EndToEndRun, WritesEveryPolicyOfEveryRunAndShowsThem) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  const Finished run = edgesweep_command({"run", "small.json"}, folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;

  const std::optional<StoredSweep> sweep = read_results(folder.file("results/small.h5"));
  ASSERT_TRUE(sweep.has_value());
  ASSERT_EQ(sweep->runs.size(), 2u);
  for (const StoredRun& stored : sweep->runs) {
    const RunResult& result = stored.result;
    EXPECT_EQ(result.status, RunStatus::done);
    ASSERT_EQ(result.policies.size(), 6u);
    const double weak = result.policies[0].loss;
    const double strong = result.policies[1].loss;
    const double bound = result.policies[2].loss;
    for (size_t p = 3; p < 6; ++p) {
      EXPECT_GT(result.policies[p].loss, strong) << "policy " << p;
      EXPECT_LE(result.policies[p].loss, weak) << "policy " << p;
    }
    EXPECT_LT(bound, result.policies[3].loss) << "the bound is below the baseline";
    EXPECT_LT(result.policies[4].loss, result.policies[3].loss) << "the MDP is below the baseline";
    EXPECT_EQ(result.iterations, 40);
    ASSERT_EQ(result.curve.size(), 2u) << "evaluated at 0 and at the end";
    EXPECT_LT(result.curve[0].seconds, result.curve[1].seconds);
    EXPECT_EQ(result.curve[1].seconds, result.training_seconds);
    EXPECT_EQ(result.weights.size(),
              static_cast<size_t>(8 * 12 + 12 + 12 * 12 + 12 + 13 * result.layer_sizes.back()));
    EXPECT_EQ(result.traces.policies.size(), 6u);
  }

  const Finished show = edgesweep_command({"show", "results/small.h5"}, folder.path());
  EXPECT_EQ(show.exit_code, 0);
  EXPECT_TRUE(contains(show.out, "dqn_loss")) << show.out;
  EXPECT_TRUE(contains(run.out, "2 of 2 runs")) << run.out;
  const Finished csv = edgesweep_command({"show", "results/small.h5", "--csv"}, folder.path());
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 3) << csv.out;
  const Finished summary =
      edgesweep_command({"show", "results/small.h5", "--csv", "--summary"}, folder.path());
  EXPECT_EQ(std::count(summary.out.begin(), summary.out.end(), '\n'), 1) << "a header alone";
  EXPECT_TRUE(contains(summary.err, "no two finished runs differ in their seed alone"))
      << summary.err;
  EXPECT_EQ(edgesweep_command({"show", "results/small.h5", "--json"}, folder.path()).out.front(),
            '{');
}

TEST(EndToEndRun, NoPolicyWithABucketIsBelowTheClairvoyantBound) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  const Finished run = edgesweep_command(
      {"run", "small.json", "--set",
       R"(policies=["clairvoyant_metric","clairvoyant","weak","baseline","mdp","dqn"])", "--set",
       R"(arrivals=[{"type":"periodic"},{"type":"markov_modulated","p_12":0.1,"p_21":0.05,"interval_1":1,"interval_2":3}])",
       "--set", "depth=[1,2.5]"},
      folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::optional<StoredSweep> sweep = read_results(folder.file("results/small.h5"));
  ASSERT_EQ(sweep->runs.size(), 8u);
  for (const StoredRun& stored : sweep->runs) {
    const RunResult& result = stored.result;
    ASSERT_EQ(result.policies.size(), 6u);
    const PolicyResult& bound = result.policies[4];
    ASSERT_EQ(bound.policy, Policy::clairvoyant) << "behind the policies it bounds";
    EXPECT_GT(bound.loss_se, 0);
    for (const size_t other : {0, 1, 2, 3, 5})
      EXPECT_LT(bound.loss, result.policies[other].loss)
          << policy_name(result.policies[other].policy);
    EXPECT_EQ(result.policies[5].policy, Policy::clairvoyant_metric);
    EXPECT_LT(result.policies[5].loss, result.policies[1].loss) << "it sees what the baseline sees";
    const PolicyTrace& trace = result.traces.policies[4];
    ASSERT_EQ(trace.units.size(), result.traces.index.size());
    EXPECT_EQ(trace.units[0], result.bucket_capacity) << "a full bucket";
  }
  const Finished csv = edgesweep_command({"show", "results/small.h5", "--csv"}, folder.path());
  EXPECT_TRUE(contains(csv.out,
                       "dqn_loss,dqn_loss_se,clairvoyant_loss,clairvoyant_loss_se,"
                       "clairvoyant_metric_loss,clairvoyant_metric_loss_se"))
      << csv.out;
}

TEST(EndToEndRun, ASecondRunDoesNothingAndLeavesTheFileAsItIs) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(20));
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "out.h5"}, folder.path()).exit_code, 0);
  const std::string before = read_bytes(folder.file("out.h5"));
  const Finished again = edgesweep_command({"run", "small.json", "-o", "out.h5"}, folder.path());
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(read_bytes(folder.file("out.h5")), before);
  EXPECT_FALSE(std::filesystem::exists(folder.file("out.h5.checkpoints")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("out.h5.lock")));
}

TEST(EndToEndRun, GivesTheSameBitsWithAnyThreadsAndInstructionSet) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(30));
  std::string expected;
  const auto check = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"run", "small.json", "--force", "-o", "out.h5"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished run = edgesweep_command(arguments, folder.path());
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const std::string digest = digest_of(folder.file("out.h5"));
    if (expected.empty()) expected = digest;
    EXPECT_EQ(digest, expected) << options.back();
  };
  for (const char* threads : {"1", "2", "5"}) check({"--threads", threads});
  for (const std::string& name : instruction_sets()) check({"--isa", name});
}

TEST(EndToEndRun, ARunDoesNotDependOnTheRunsBesideIt) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(20));
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "two.h5"}, folder.path()).exit_code, 0);
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "one.h5", "--set", "rate=[0.25]"},
                              folder.path())
                .exit_code,
            0);
  const std::optional<StoredSweep> two = read_results(folder.file("two.h5"));
  const std::optional<StoredSweep> one = read_results(folder.file("one.h5"));
  ASSERT_EQ(one->runs.size(), 1u);
  EXPECT_EQ(one->runs[0].result.id, two->runs[1].result.id);
  EXPECT_EQ(one->runs[0].result.weights, two->runs[1].result.weights);
  EXPECT_EQ(one->runs[0].result.policies[5].loss, two->runs[1].result.policies[5].loss);
}

TEST(EndToEndRun, KeepBestSimulatesTheBestOnValidation) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(60));
  const auto run = [&](const char* keep, const char* file) {
    const Finished finished =
        edgesweep_command({"run", "small.json", "-o", file, "--set",
                           std::string("dqn.keep=") + keep, "--set", "dqn.evaluate_every=20"},
                          folder.path());
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
  };
  run("last", "last.h5");
  run("best", "best.h5");
  const RunResult last = read_results(folder.file("last.h5"))->runs[0].result;
  const RunResult best = read_results(folder.file("best.h5"))->runs[0].result;
  EXPECT_EQ(last.weights, best.weights);
  EXPECT_EQ(last.best_weights, best.best_weights);
  double lowest = best.curve[0].validation_loss;
  for (const CurvePoint& point : best.curve) lowest = std::min(lowest, point.validation_loss);
  EXPECT_EQ(best.best_validation_loss, lowest);
  if (best.best_iteration != 60) {
    EXPECT_NE(last.policies[5].loss, best.policies[5].loss);
  }
}

TEST(EndToEndRun, EvaluationsAreNoTrainingTime) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(1));
  // One iteration of a small network, fifty images tested, millions evaluated.
  const Finished run = edgesweep_command(
      {"run", "small.json", "-o", "out.h5", "--set", "rate=[0.1]", "--set", R"(policies=["dqn"])",
       "--set", "dqn.validation.sequences=100", "--set", "dqn.validation.images=50000", "--set",
       "test.sequences=1", "--set", "test.images=50"},
      folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::optional<StoredSweep> sweep = read_results(folder.file("out.h5"));
  ASSERT_EQ(sweep->runs.size(), 1u);
  const RunResult& result = sweep->runs[0].result;
  ASSERT_EQ(result.curve.size(), 2u);
  EXPECT_LT(result.training_seconds, result.simulation_seconds);
}

TEST(EndToEndPlan, ShowsRunsShapesMemoryAndWorkAndRunsNothing) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  const Finished plan = edgesweep_command({"plan", "small.json"}, folder.path());
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_TRUE(contains(plan.out, "1/10/20")) << plan.out;    // Q/P/M of rate 0.1, depth 2
  EXPECT_TRUE(contains(plan.out, "8-2x12-21")) << plan.out;  // 20 + 1 outputs
  EXPECT_TRUE(contains(plan.out, "Memory:")) << plan.out;
  EXPECT_TRUE(contains(plan.out, "Windows: 1 set for 2 networks")) << plan.out;
  EXPECT_FALSE(std::filesystem::exists(folder.file("results")));
}

TEST(EndToEndPlan, GivesProgramsTheRunsThatAResultsFileWillHave) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(1));
  const std::vector<std::string> changes{"--set", "seed=[1, 2]", "--scale", "0.5"};
  const auto command = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), changes.begin(), changes.end());
    return edgesweep_command(arguments, folder.path());
  };
  const Finished plan = command({"plan", "small.json", "--json"});
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  ASSERT_EQ(command({"run", "small.json"}).exit_code, 0);
  const StoredSweep sweep = *read_results(folder.file("results/small.h5"));
  const Json planned = Json::parse(plan.out);
  ASSERT_EQ(planned.at("runs").size(), 4u);
  ASSERT_EQ(sweep.runs.size(), 4u);
  EXPECT_EQ(planned.at("swept"), Json({"rate", "seed"}));
  for (size_t i = 0; i < sweep.runs.size(); ++i) {
    const Json& run = planned.at("runs")[i];
    EXPECT_EQ(run.at("id"), sweep.runs[i].result.id);
    EXPECT_EQ(run.at("id"), planned.at("experiments")[0].at("runs")[i]);
    EXPECT_EQ(run.at("config").dump(), sweep.runs[i].config.json());
    EXPECT_EQ(setting_columns(run.at("config")), sweep.runs[i].config.columns());
    EXPECT_TRUE(std::filesystem::exists(run.at("dataset").get<std::string>()));
  }
  const Json& cost = planned.at("runs")[0].at("cost");
  EXPECT_EQ(cost.at("bucket"), (Json{{"refill", 1}, {"cost", 10}, {"capacity", 20}}));
  EXPECT_EQ(cost.at("network"), Json({8, 12, 12, 21}));
  EXPECT_EQ(cost.at("iterations"), 1);
  EXPECT_GT(cost.at("training_flop").get<double>(), 0);
}

TEST(EndToEndPlan, NamesRatesThatAreOneBucket) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  const auto plan = [&](const char* rates) {
    return edgesweep_command({"plan", "small.json", "--set", std::string("rate=") + rates},
                             folder.path());
  };
  const Finished equal = plan("[0.5, 0.99, 0.995, 0.999]");
  ASSERT_EQ(equal.exit_code, 0) << equal.err;
  EXPECT_TRUE(contains(equal.out,
                       "Note: the rates 0.99, 0.995, 0.999 are one token bucket, of rate 99/100"))
      << equal.out;
  EXPECT_FALSE(contains(plan("[0.05, 0.1, 0.99]").out, "Note:"));
}

TEST(EndToEndPlan, RefusesAFileThatIsNotThereAsRunDoes) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  for (const char* command : {"plan", "run"}) {
    const Finished refused =
        edgesweep_command({command, "small.json", "--set", "dataset=not_there.npz"}, folder.path());
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(contains(refused.err, "not_there.npz: found no ")) << refused.err;
    EXPECT_EQ(refused.out, "");
  }
}

TEST(EndToEndPlan, NetworksOfManyCamerasNeitherTrainOnWindowsNorSkipImages) {
  const TemporaryFolder folder;
  const std::string config = testing::source_dir() + "/configs/edgeml_mdp/learned_devices.json";
  const Finished fleets = edgesweep_command({"plan", config}, folder.path());
  EXPECT_EQ(fleets.exit_code, 0) << fleets.err;
  EXPECT_FALSE(contains(fleets.out, "Windows:")) << fleets.out;
  EXPECT_FALSE(contains(fleets.out, "need no network")) << fleets.out;

  const Finished both = edgesweep_command(
      {"plan", config, "--set", "devices.count=[1, 2]", "--set", R"(policies=["weak", "dqn"])"},
      folder.path());
  EXPECT_EQ(both.exit_code, 0) << both.err;
  EXPECT_TRUE(contains(both.out, "Windows: 1 set for 1 network;")) << both.out;
}

#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // they keep memory of their own

/// The number in "Memory: 62.4 MB".
double planned_megabytes(const std::string& plan) {
  const std::string before = "Memory: ";
  return std::stod(plan.substr(plan.find(before) + before.size()));
}

/// What `plan` says of a sweep beside what `run` takes.
void expect_predicted_memory(const std::vector<std::string>& changes, double at_least_megabytes) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  std::vector<std::string> arguments = {"small.json", "--threads", "2"};
  for (const std::string& change : changes) arguments.insert(arguments.end(), {"--set", change});
  const auto command = [&](const char* name) {
    std::vector<std::string> all = {name};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return edgesweep_command(all, folder.path());
  };
  const Finished plan = command("plan");
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  const Finished run = command("run");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const double peak_megabytes = run.peak_bytes / 1e6;
  EXPECT_NEAR(planned_megabytes(plan.out), peak_megabytes, 0.2 * peak_megabytes);
  EXPECT_GT(peak_megabytes, at_least_megabytes) << "too small to show anything";
}

TEST(EndToEndPlan, PredictsMemoryWithinAFifth) {
  constexpr double kProgramMegabytes = 24;  // without any network
  for (const std::string depth : {"5", "40"}) {
    SCOPED_TRACE("depth " + depth);
    // The paper's network at two output widths, long enough that both threads train at once.
    expect_predicted_memory(
        {"depth=[" + depth + "," + depth + ".5]", "rate=0.05", "dqn.history_metrics=95",
         "dqn.width=64", "dqn.layers=5", "dqn.batch=128", "dqn.mini_batches=128",
         R"(dqn.schedule=[{"iterations":15,"learning_rate":0.001}])"},
        kProgramMegabytes);
  }
}

const char* const kFewImages = "test.images=50";
const char* const kNoTraces = "store.traces.sequences=0";

TEST(EndToEndPlan, PredictsTheMemoryOfManyRuns) {
  expect_predicted_memory(
      {R"(policies=["baseline"])", "rate=[0.05,0.1,0.2,0.25,0.5]",
       R"(depth={"from":1,"to":20,"step":1})", R"(seed={"from":1,"to":60,"step":1})",
       "test.sequences=1", kFewImages, kNoTraces},
      45);
}

TEST(EndToEndPlan, PredictsTheMemoryOfThresholdsAndSolutions) {
  expect_predicted_memory(
      {R"(policies=["mdp"])", R"(mdp.stop="published")",
       R"(rate={"from":0.01,"to":0.41,"step":0.01})", R"(depth={"from":20,"to":200,"step":20})",
       "test.sequences=1", kFewImages, kNoTraces},
      45);
}

TEST(EndToEndPlan, PredictsTheMemoryOfTraces) {
  expect_predicted_memory({R"(policies=["weak","lower_bound","baseline","mdp"])", "rate=[0.1,0.2]",
                           "depth=[2,4]", "test.sequences=40", "test.images=10000",
                           "store.traces.sequences=40", "store.traces.images=10000"},
                          60);
}

TEST(EndToEndPlan, TakesLittleMemoryForEachRun) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  const auto peak = [&](const char* seeds) {
    const Finished plan = edgesweep_command(
        {"plan", "small.json", "--set", R"(depth={"from":1,"to":20,"step":1})", "--set", seeds},
        folder.path());
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    return plan.peak_bytes;
  };
  const double few = peak("seed=[1]");
  const double many = peak(R"(seed={"from":1,"to":1000,"step":1})");
  EXPECT_LT(many - few, 1700.0 * 20 * 999) << "bytes; it was 17,000 a run when each had all texts";
}

#endif

TEST(EndToEndRun, RefusesAMemoryLimitThatNoNetworkFits) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(40));
  const Finished run = edgesweep_command({"run", "small.json", "--memory", "10MB"}, folder.path());
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_TRUE(contains(run.err, "--memory: found 10")) << run.err;
  EXPECT_TRUE(contains(run.err, "at least 2")) << run.err;  // the program alone takes 24 MB
  EXPECT_FALSE(std::filesystem::exists(folder.file("results")));
}

TEST(EndToEndHelp, EveryCommandShowsExamples) {
  const TemporaryFolder folder;
  for (const char* command : {"run", "plan", "show", "verify", "compare", "latency", "simulate"}) {
    const Finished help = edgesweep_command({command, "--help"}, folder.path());
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_TRUE(contains(help.out, "Example")) << help.out;
    EXPECT_TRUE(contains(help.out, std::string("edgesweep ") + command)) << help.out;
  }
  EXPECT_EQ(edgesweep_command({"devices"}, folder.path()).exit_code, 0);
  EXPECT_EQ(edgesweep_command({}, folder.path()).exit_code, 2);
  EXPECT_EQ(edgesweep_command({"rnu"}, folder.path()).exit_code, 2);
}

}  // namespace
}  // namespace edgesweep::testing
