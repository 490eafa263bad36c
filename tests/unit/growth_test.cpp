// Sweeps that go on with a results file of another config: what is done again, and what is kept.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "host/engine/backends.h"
#include "host/engine/plan/sweep_plan.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_steps.h"
#include "host/error.h"
#include "host/results/checkpoint.h"
#include "host/results/finished_runs.h"
#include "host/session/recorder.h"
#include "host/session/sweep_jobs.h"
#include "host/sweep/expand.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep {
namespace {

using testing::TemporaryFolder;

/// What `run` does, with its Q iterations counted.
class GrowingSweep {
 public:
  explicit GrowingSweep(const TemporaryFolder& folder) : path_(folder.file("out.h5")) {}

  /// Plans the sweep of small.json with these changes, next to what is there.
  void begin(const std::vector<std::string>& changes, bool drop = false) {
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    sweep_ = load_sweep(folder + "/small.json", {changes, std::nullopt});
    std::vector<RunSettings> settings;
    for (const RunSpec& spec : sweep_.runs) settings.push_back(spec.settings());
    InputHashes hashes(inputs_);
    StoredSweep fresh = stored_sweep(sweep_);
    hashes.describe(sweep_, fresh);
    earlier_ = earlier_results(path_, sweep_, std::move(fresh), drop);
    remove_stale_checkpoints(path_, earlier_);
    jobs_ = make_jobs(sweep_, make_plan(settings, 1), earlier_, path_, hashes, nullptr);
    keep_parts(path_, sweep_, earlier_);
  }
  /// The file as it is before the first run is done: here a session may be killed.
  void write_first() {
    StoredSweep first = earlier_.sweep;
    write_results(path_, first);
    remove_finished_runs(checkpoint_folder(path_));
  }
  void end() {
    Recorder recorder(path_, earlier_.sweep, sweep_.runs, [](size_t, const RunResult&) {});
    Reporter reporter{*this, recorder};
    make_cpu_backend(1)->execute(jobs_, inputs_, reporter);
    recorder.finish([] {});
    remove_earlier_runs(checkpoint_folder(path_));
  }
  void run(const std::vector<std::string>& changes, bool drop = false) {
    begin(changes, drop);
    end();
  }

  const std::vector<RunJob>& jobs() const { return jobs_; }
  const EarlierResults& earlier() const { return earlier_; }
  const Sweep& sweep() const { return sweep_; }
  int iterations = 0;

 private:
  class Reporter : public SilentObserver {
   public:
    Reporter(GrowingSweep& session, Recorder& recorder) : session_(session), recorder_(recorder) {}
    void on_iteration(size_t, int64_t) override { ++session_.iterations; }
    void on_finished(size_t run, RunResult result) override {
      const RunSpec& spec = session_.sweep_.runs[run];
      recorder_.add(run, stored_run(spec, whole_result(spec, session_.earlier_.parts_of(run),
                                                       std::move(result))));
    }

   private:
    GrowingSweep& session_;
    Recorder& recorder_;
  };

  std::string path_;
  InputCache inputs_;
  Sweep sweep_;
  EarlierResults earlier_;
  std::vector<RunJob> jobs_;
};

constexpr int kIterations = 6;

class Growth : public ::testing::Test {
 protected:
  Growth() { testing::write_bytes(folder_.file("small.json"), testing::small_config(kIterations)); }

  std::string digest() const { return testing::digest_of(folder_.file("out.h5")); }
  /// Digest of a sweep that was executed at once.
  std::string fresh_digest(const std::vector<std::string>& changes) const {
    const TemporaryFolder other;
    testing::write_bytes(other.file("small.json"), testing::small_config(kIterations));
    GrowingSweep(other).run(changes);
    return testing::digest_of(other.file("out.h5"));
  }
  std::string refusal_of(const std::vector<std::string>& changes) const {
    try {
      GrowingSweep(folder_).begin(changes);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no refusal";
  }
  void expect_refusal(const std::vector<std::string>& changes,
                      const std::vector<std::string>& parts) const {
    const std::string refusal = refusal_of(changes);
    for (const std::string& part : parts)
      EXPECT_NE(refusal.find(part), std::string::npos) << "no \"" << part << "\" in " << refusal;
  }

  const TemporaryFolder folder_;
};

const std::string kNoWeights = "store.weights=false";
const std::string kFewPolicies = R"(policies=["weak","dqn"])";

TEST_F(Growth, ARunThatGainsPoliciesKeepsItsNetworkAlsoWithoutStoredWeights) {
  GrowingSweep(folder_).run({kNoWeights, kFewPolicies});
  const std::vector<std::string> more = {
      kNoWeights, R"(policies=["weak","baseline","mdp","dqn","clairvoyant"])"};
  GrowingSweep grown(folder_);
  grown.run(more);
  EXPECT_EQ(grown.iterations, 0);
  EXPECT_EQ(grown.jobs().size(), 2u);
  EXPECT_EQ(digest(), fresh_digest(more));
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"out.h5", "small.json"}));
}

TEST_F(Growth, MoreRatesAndSeedsTrainTheNewRunsAlone) {
  GrowingSweep(folder_).run({});
  const std::vector<std::string> more = {"rate=[0.05,0.1,0.25]", "seed=[1,0]"};
  GrowingSweep grown(folder_);
  grown.run(more);
  EXPECT_EQ(grown.iterations, 4 * kIterations);
  EXPECT_EQ(digest(), fresh_digest(more));
}

TEST_F(Growth, ARunThatGainsTheDqnTrainsItAndNothingElse) {
  GrowingSweep(folder_).run({R"(policies=["weak","mdp"])"});
  GrowingSweep grown(folder_);
  grown.begin({});
  for (const RunJob& job : grown.jobs())
    EXPECT_EQ(job.settings.policies, (std::vector<Policy>{Policy::strong, Policy::lower_bound,
                                                          Policy::baseline, Policy::dqn}));
  grown.end();
  EXPECT_EQ(grown.iterations, 2 * kIterations);
  EXPECT_EQ(digest(), fresh_digest({}));
}

TEST_F(Growth, WhatIsStoredBesidesIsSimulatedWithTheStoredWeights) {
  GrowingSweep(folder_).run({"store.traces.sequences=0"});
  const std::vector<std::string> more = {"store.traces.sequences=2", "store.statistics=true"};
  GrowingSweep grown(folder_);
  grown.run(more);
  EXPECT_EQ(grown.iterations, 0);
  EXPECT_NE(grown.earlier().message.find("2 runs simulated again"), std::string::npos)
      << grown.earlier().message;
  EXPECT_EQ(digest(), fresh_digest(more));
}

TEST_F(Growth, WeightsThatAreMissingAreTrainedAgainAndSaidSo) {
  GrowingSweep(folder_).run({kNoWeights});
  GrowingSweep grown(folder_);
  grown.run({"store.weights=true"});
  EXPECT_EQ(grown.iterations, 2 * kIterations);
  EXPECT_NE(grown.earlier().message.find("2 of them trained again"), std::string::npos)
      << grown.earlier().message;
  EXPECT_EQ(digest(), fresh_digest({}));
}

TEST_F(Growth, NothingIsDroppedUnlessAskedTo) {
  GrowingSweep(folder_).run({});
  const std::string before = testing::read_bytes(folder_.file("out.h5"));
  expect_refusal({"rate=[0.1,0.3]"}, {"out.h5", "rate was [0.1,0.25] and is [0.1,0.3]",
                                      "1 of its 2 runs would be lost", "--drop", "--force"});
  expect_refusal({"depth=3"}, {"depth was 2 and is 3", "2 of its 2 runs"});
  expect_refusal({R"(policies=["weak","strong","lower_bound","baseline","dqn","clairvoyant"])"},
                 {"policies was [", "mdp of run "});
  expect_refusal({kNoWeights}, {"store.weights was true and is false", "weights of run"});
  EXPECT_EQ(testing::read_bytes(folder_.file("out.h5")), before);

  const std::vector<std::string> less = {"rate=[0.3,0.1]", R"(policies=["weak","dqn"])"};
  GrowingSweep dropped(folder_);
  dropped.run(less, /*drop=*/true);
  EXPECT_EQ(dropped.iterations, kIterations) << "the run of rate 0.1 is kept";
  EXPECT_EQ(digest(), fresh_digest(less));
}

TEST_F(Growth, APartThatWasTakenOverSurvivesAKillBeforeItIsCompleted) {
  GrowingSweep(folder_).run({kNoWeights, kFewPolicies});
  const std::vector<std::string> more = {kNoWeights};
  for (int kill = 0; kill < 2; ++kill) {
    GrowingSweep killed(folder_);
    killed.begin(more);
    EXPECT_EQ(killed.jobs().size(), 2u);
    killed.write_first();
    EXPECT_TRUE(read_results(folder_.file("out.h5"))->runs.empty());
  }
  expect_refusal({kNoWeights, "rate=[0.3]"}, {"2 of its 2 runs would be lost"});
  GrowingSweep last(folder_);
  last.run(more);
  EXPECT_EQ(last.iterations, 0);
  EXPECT_EQ(digest(), fresh_digest(more));
}

TEST_F(Growth, WhatWasDroppedIsNotAskedAboutAgain) {
  GrowingSweep(folder_).run({});
  const std::vector<std::string> other = {R"(policies=["weak","dqn","clairvoyant"])"};
  GrowingSweep killed(folder_);
  killed.begin(other, /*drop=*/true);
  killed.write_first();
  GrowingSweep last(folder_);
  last.run(other);
  EXPECT_EQ(last.iterations, 0);
  EXPECT_EQ(digest(), fresh_digest(other));
}

TEST_F(Growth, ADatasetByAnotherPathIsTheSameDataset) {
  GrowingSweep(folder_).run({});
  const std::string digest_before = digest();
  std::filesystem::create_directory(folder_.file("data"));
  std::filesystem::copy(testing::source_dir() + "/experiments/datasets/imagenet_top5.h5",
                        folder_.file("data/moved.h5"));
  for (const char* path : {"dataset=data/moved.h5", "dataset=./data/moved.h5"}) {
    GrowingSweep again(folder_);
    again.run({path});
    EXPECT_TRUE(again.jobs().empty()) << path;
    EXPECT_EQ(again.earlier().message, "") << path;
    const StoredSweep stored = *read_results(folder_.file("out.h5"));
    EXPECT_EQ("dataset=" + stored.inputs.at(0).path, path);
    EXPECT_EQ(stored.runs.at(0).result.id, again.sweep().runs[0].id) << "as a fresh file has it";
    EXPECT_EQ(stored.experiments.at(0).runs.at(1), stored.runs.at(1).result.id);
    EXPECT_EQ(digest(), digest_before) << path;
  }
}

TEST_F(Growth, ACheckpointIsContinuedUnderTheIdOfAMovedDatasetAndMorePolicies) {
  GrowingSweep(folder_).run({kNoWeights, kFewPolicies});
  // As after a kill in mid-training: one run is finished, the other has a checkpoint.
  GrowingSweep first(folder_);
  first.begin({kNoWeights, kFewPolicies});
  const RunSpec& spec = first.sweep().runs[1];
  StoredSweep stored = *read_results(folder_.file("out.h5"));
  stored.runs.pop_back();
  write_results(folder_.file("out.h5"), stored);
  InputCache inputs;
  InputHashes hashes(inputs);
  const std::string folder = checkpoint_folder(folder_.file("out.h5"));
  TrainingState state = initial_state(*resolve_run("", spec.settings(), inputs).training);
  state.iteration = 5;
  write_checkpoint(folder, {spec.id, hashes.of_run(spec)}, state);

  expect_refusal({kNoWeights, "rate=[0.1]"}, {"1 run in training would be lost"});
  std::filesystem::copy(testing::source_dir() + "/experiments/datasets/imagenet_top5.h5",
                        folder_.file("moved.h5"));
  GrowingSweep grown(folder_);
  grown.begin({kNoWeights, "dataset=moved.h5"});
  const std::string id = grown.sweep().runs[1].id;
  EXPECT_NE(id, spec.id);
  EXPECT_EQ(checkpointed_runs(folder), std::vector<std::string>{id})
      << "moved before anything else";
  grown.end();
  EXPECT_EQ(grown.iterations, 1) << "5 of 6 were done";
}

TEST_F(Growth, RunsThatDifferInPoliciesAloneEachTakeTheirOwn) {
  const std::vector<std::string> two = {R"(policies=[["weak","mdp"],["weak","dqn"]])", "rate=0.1"};
  GrowingSweep(folder_).run(two);
  std::filesystem::copy(testing::source_dir() + "/experiments/datasets/imagenet_top5.h5",
                        folder_.file("moved.h5"));
  GrowingSweep again(folder_);
  again.run({two[0], two[1], "dataset=moved.h5"});
  EXPECT_TRUE(again.jobs().empty());
  EXPECT_EQ(digest(), fresh_digest(two));
}

}  // namespace
}  // namespace edgesweep
