// Several experiments in one results file.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "host/results/results_file.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

/// Two configs that share the run of rate 0.25 but for policies and traces, and one that joins
/// them.
void write_joined(const TemporaryFolder& folder) {
  std::filesystem::create_directory(folder.file("more"));
  const std::string config = small_config(20);
  const std::string first = replaced(
      replaced(replaced(config, R"("name": "small")", R"("name": "first")"),
               R"("traces": {"sequences": 1, "images": 50})", R"("traces": {"sequences": 0})"),
      R"(["weak", "strong", "lower_bound", "baseline", "mdp", "dqn"])", R"(["mdp", "dqn"])");
  const std::string second = replaced(replaced(config, R"("name": "small")", R"("name": "second")"),
                                      R"("rate": [0.1, 0.25])", R"("rate": [0.25, 0.2])");
  write_bytes(folder.file("more/first.json"), first);
  write_bytes(folder.file("second.json"), second);
  write_bytes(folder.file("both.json"), R"({"include": ["more/first.json", "second.json"]})");
}

StoredSweep results(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                    const std::string& file) {
  std::vector<std::string> all = arguments;
  all.insert(all.end(), {"-o", file});
  const Finished run = edgesweep_command(all, folder.path());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return *read_results(folder.file(file));
}

const RunResult& run_of(const StoredSweep& sweep, double rate) {
  for (const StoredRun& run : sweep.runs)
    for (const auto& [name, text] : run.config.columns())
      if (name == "rate" && std::stod(text) == rate) return run.result;
  throw std::out_of_range("rate");
}

void expect_same_dqn(const RunResult& a, const RunResult& b) {
  EXPECT_EQ(a.weights, b.weights);
  for (const PolicyResult& policy : a.policies)
    for (const PolicyResult& other : b.policies)
      if (policy.policy == other.policy) {
        EXPECT_EQ(policy.loss, other.loss) << policy_name(policy.policy);
      }
}

TEST(EndToEndJoin, SharedRunsHaveTheBitsOfSeparateOnes) {
  const TemporaryFolder folder;
  write_joined(folder);
  const StoredSweep both = results(folder, {"run", "both.json"}, "both.h5");
  const StoredSweep first = results(folder, {"run", "more/first.json"}, "first.h5");
  const StoredSweep second = results(folder, {"run", "second.json"}, "second.h5");
  ASSERT_EQ(both.runs.size(), 3u);
  for (const double rate : {0.1, 0.25}) expect_same_dqn(run_of(first, rate), run_of(both, rate));
  for (const double rate : {0.25, 0.2}) expect_same_dqn(run_of(second, rate), run_of(both, rate));
  EXPECT_EQ(run_of(both, 0.25).policies.size(), 6u);
  EXPECT_EQ(run_of(both, 0.1).policies.size(), 2u);
  EXPECT_EQ(run_of(both, 0.25).traces.index, run_of(second, 0.25).traces.index);
  EXPECT_EQ(run_of(both, 0.1).traces.sequences, 0);
}

TEST(EndToEndJoin, ShowPicksAnExperimentInItsOrder) {
  const TemporaryFolder folder;
  write_joined(folder);
  results(folder, {"run", "both.json"}, "both.h5");
  const auto show = [&](const std::string& name) {
    return edgesweep_command({"show", "both.h5", "--experiment", name, "--csv"}, folder.path());
  };
  const std::string csv = show("second").out;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << csv;
  EXPECT_LT(csv.find(",0.25,"), csv.find(",0.2,")) << csv;
  EXPECT_EQ(csv.substr(0, 13), "id,rate,weak_") << csv;
  const Finished unknown = show("secund");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("allowed: first, second (did you mean \"second\"?)"),
            std::string::npos)
      << unknown.err;
}

TEST(EndToEndJoin, PlanCountsWhatIsShared) {
  const TemporaryFolder folder;
  write_joined(folder);
  const Finished plan = edgesweep_command({"plan", "both.json"}, folder.path());
  EXPECT_NE(plan.out.find("2 experiments ask for 4 runs; shared runs are executed once: 1 saved"),
            std::string::npos)
      << plan.out;
}

TEST(EndToEndJoin, GoesOnAfterNamesAndFoldersChanged) {
  const TemporaryFolder folder;
  write_joined(folder);
  const std::string digest = results_digest(results(folder, {"run", "both.json"}, "both.h5"));
  write_bytes(folder.file("more/first.json"),
              replaced(read_bytes(folder.file("more/first.json")), "\"first\"", "\"renamed\""));
  std::filesystem::rename(folder.file("second.json"), folder.file("more/second.json"));
  write_bytes(folder.file("both.json"),
              R"({"name": "x", "include": ["more/first.json", "more/second.json"]})");
  const StoredSweep again = results(folder, {"run", "both.json"}, "both.h5");
  EXPECT_EQ(results_digest(again), digest);
  EXPECT_EQ(again.experiments[0].name, "renamed");
  write_bytes(folder.file("both.json"), R"({"include": ["more/second.json"]})");
  EXPECT_EQ(edgesweep_command({"run", "both.json", "-o", "both.h5"}, folder.path()).exit_code, 2)
      << "the results of another config";
}

TEST(EndToEndJoin, VerifiesItsRunsAndNeverOverwritesAnIncludedConfig) {
  const TemporaryFolder folder;
  write_joined(folder);
  results(folder, {"run", "both.json"}, "both.h5");
  EXPECT_EQ(edgesweep_command({"verify", "both.h5", "--sample", "1"}, folder.path()).exit_code, 0);
  const Finished over = edgesweep_command({"run", "both.json", "-o", "second.json"}, folder.path());
  EXPECT_EQ(over.exit_code, 2) << over.err;
}

}  // namespace
}  // namespace edgesweep::testing
