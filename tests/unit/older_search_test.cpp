// A search for `hierarchical` that the program of commit e91b80f left half done
// (tests/data/README.md) is gone on with.
#include <gtest/gtest.h>

#include <filesystem>

#include "host/engine/backends.h"
#include "host/engine/fleet/search.h"
#include "host/engine/run/observers.h"
#include "host/results/search_checkpoint.h"
#include "host/sweep/expand.h"
#include "tests/support/paths.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

/// Offers the searches that a folder keeps, and keeps the results.
class FolderKeeper : public SilentObserver {
 public:
  explicit FolderKeeper(std::string folder) : folder_(std::move(folder)) {}
  std::optional<SavedSearch> saved_search(const std::string& key) override {
    std::optional<SavedSearch> kept = read_search(folder_, key);
    if (kept) passes += kept->state.passes;
    return kept;
  }
  void on_finished(size_t run, RunResult result) override {
    searches.at(run) = std::move(result.search);
  }
  int64_t passes = 0;
  std::vector<std::vector<SearchPoint>> searches{2};

 private:
  std::string folder_;
};

/// In a folder, since the search's key names the dataset by its path from there.
class InFolder {
 public:
  explicit InFolder(const std::string& folder) : before_(fs::current_path()) {
    fs::current_path(folder);
  }
  ~InFolder() { fs::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  fs::path before_;
};

FolderKeeper executed(const std::string& checkpoints) {
  const Sweep sweep = load_sweep("devices.json", {});
  std::vector<RunJob> jobs;
  for (size_t i = 0; i < sweep.runs.size(); ++i)
    jobs.push_back({i, sweep.runs[i].id, sweep.runs[i].settings(), std::nullopt});
  InputCache inputs;
  FolderKeeper keeper(checkpoints);
  make_cpu_backend(1)->execute(jobs, inputs, keeper);
  return keeper;
}

TEST(OlderSearch, IsGoneOnWithAndFindsTheSame) {
  const InFolder folder(testing::source_dir() + "/tests/data/format_4");
  const FolderKeeper continued = executed("devices.h5.checkpoints");
  const FolderKeeper fresh = executed("no folder");
  EXPECT_EQ(continued.passes, 15) << "of 19 in all";
  EXPECT_EQ(fresh.passes, 0);
  ASSERT_FALSE(fresh.searches[0].empty() || fresh.searches[1].empty());
  EXPECT_EQ(continued.searches, fresh.searches);
}

}  // namespace
}  // namespace edgesweep
