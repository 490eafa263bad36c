// Files on which HDF5 itself would crash. None is here: a library that is loaded before HDF5 makes
// it crash on a file that is sound.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/dataset_files.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep {
namespace {

using testing::Finished;

class FaultHdf5Trial : public ::testing::Test {
 protected:
  /// The program, with an HDF5 that crashes when it opens the dataset `broken`.
  Finished with_broken(const std::string& broken, const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"/usr/bin/env", "LD_PRELOAD=" + testing::preloaded_system(),
                                    "ASAN_OPTIONS=verify_asan_link_order=0",
                                    "EDGESWEEP_TEST_HDF5=" + broken, testing::program()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return testing::Process(all, folder_.path()).wait();
  }
  void expect_refused(const std::string& file, const Finished& finished) {
    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_NE(finished.err.find(file + ": found damaged HDF5 content (HDF5 "), std::string::npos)
        << finished.err;
    EXPECT_NE(finished.err.find("Floating point exception"), std::string::npos) << finished.err;
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(FaultHdf5Trial, ADatasetIsRefusedAndNothingIsWritten) {
  testing::write_hdf5(folder_.file("images.h5"), testing::small_dataset());
  testing::write_bytes(folder_.file("small.json"), testing::small_config(10));
  const std::vector<std::string> run = {"run",    "small.json", "-o",
                                        "out.h5", "--set",      R"(dataset="images.h5")"};
  expect_refused("images.h5", with_broken("metric_tr", run));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("out.h5")));
  // The same with an HDF5 that is sound.
  const Finished sound = with_broken("no_such_dataset", run);
  EXPECT_EQ(sound.exit_code, 0) << sound.err;
}

TEST_F(FaultHdf5Trial, LogitsAndResultsAreRefused) {
  testing::write_hdf5(folder_.file("logits.h5"), testing::small_dataset());
  expect_refused("logits.h5", with_broken("metric_tr", {"prepare", "logits.h5", "-o", "a.npz"}));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("a.npz")));

  testing::write_bytes(folder_.file("small.json"), testing::small_config(10));
  ASSERT_EQ(with_broken("none", {"run", "small.json", "-o", "out.h5"}).exit_code, 0);
  const std::string before = testing::read_bytes(folder_.file("out.h5"));
  expect_refused("out.h5", with_broken("runs", {"show", "out.h5"}));
  expect_refused("out.h5", with_broken("runs", {"run", "small.json", "-o", "out.h5"}));
  EXPECT_EQ(testing::read_bytes(folder_.file("out.h5")), before);
}

}  // namespace
}  // namespace edgesweep
