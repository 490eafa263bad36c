// Where the system makes fewer threads than are asked for: those that it makes do the work, with
// the same bits and a word about it; without the ones that are needed, a message with the limit.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "host/results/results_file.h"
#include "tests/support/classifier_files.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

class FaultThreads : public ::testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer wants to be the first library";
#endif
    write_bytes(folder_.file("small.json"), small_config(200));
  }

  /// In a shell, after `before`.
  Finished command(const std::string& before, const std::string& arguments) {
    return Process(
               {"/bin/sh", "-c",
                before + " exec env " + environment_ + " " + testing::program() + " " + arguments},
               folder_.path())
        .wait();
  }
  /// With so many threads besides the first.
  Finished limited_command(int threads, const std::string& arguments) {
    environment_ = std::string("LD_PRELOAD=") + EDGESWEEP_THREAD_LIMIT +
                   " EDGESWEEP_TEST_THREADS=" + std::to_string(threads);
    Finished finished = command("", arguments);
    environment_.clear();
    return finished;
  }

  std::string environment_;
  const TemporaryFolder folder_;
};

size_t lines_with(const std::string& text, const std::string& words) {
  size_t lines = 0;
  for (size_t at = 0; (at = text.find(words, at)) != std::string::npos; ++at) ++lines;
  return lines;
}

TEST_F(FaultThreads, ARunGoesOnWithTheThreadsThatCameUp) {
  ASSERT_EQ(command("", "run small.json -o free.h5 --threads 8").exit_code, 0);
  // One writes results, one shows that the file has an owner; --quiet has none for progress.
  for (const auto& [threads, at_work] : {std::pair{2, 1}, {3, 2}, {6, 5}}) {
    const Finished run =
        limited_command(threads, "run small.json --force --quiet -o few.h5 --threads 8");
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const std::string count = std::to_string(at_work);
    EXPECT_EQ(lines_with(run.err, "only " + count + " of 8 threads can be made ("), 1u) << run.err;
    EXPECT_NE(run.err.find("--threads " + count), std::string::npos) << run.err;
    EXPECT_EQ(digest_of(folder_.file("few.h5")), digest_of(folder_.file("free.h5")));
  }
  const Finished enough =
      limited_command(9, "run small.json --force --quiet -o few.h5 --threads 8");
  EXPECT_EQ(enough.exit_code, 0);
  EXPECT_EQ(enough.err, "");
}

TEST_F(FaultThreads, WithoutAThreadForTheResultsItEndsWithTheLimit) {
  for (const int threads : {0, 1}) {
    const Finished run = limited_command(threads, "run small.json -o few.h5 --threads 8");
    EXPECT_EQ(run.exit_code, 1) << run.err;
    EXPECT_NE(run.err.find("a thread cannot be made ("), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("--threads"), std::string::npos) << run.err;
    EXPECT_FALSE(std::filesystem::exists(folder_.file("few.h5.lock")));
  }
}

TEST_F(FaultThreads, VerifyAndPrepareGoOnWithTheThreadsThatCameUp) {
  ASSERT_EQ(command("", "run small.json -o free.h5").exit_code, 0);
  write_pair_hdf5(folder_.file("logits.h5"), small_pair(300));
  ASSERT_EQ(command("", "prepare logits.h5 -o free_data.npz").exit_code, 0);
  for (const int threads : {0, 2}) {
    const std::string notice = "only " + std::to_string(threads + 1) + " of 8 threads";
    const Finished verify = limited_command(threads, "verify free.h5 --threads 8");
    EXPECT_EQ(verify.exit_code, 0) << verify.err;
    EXPECT_EQ(lines_with(verify.err, notice), 1u) << verify.err;
    const Finished prepare =
        limited_command(threads, "prepare logits.h5 --force -o few_data.npz --threads 8");
    EXPECT_EQ(prepare.exit_code, 0) << prepare.err;
    EXPECT_EQ(lines_with(prepare.err, notice), 1u) << prepare.err;
    EXPECT_EQ(read_bytes(folder_.file("few_data.npz")), read_bytes(folder_.file("free_data.npz")));
  }
}

/// Stacks of 64 threads do not fit, with the program itself it is close, or not even that fits.
TEST_F(FaultThreads, AnAddressSpaceThatIsTooSmallIsNamed) {
  for (const std::string kibibytes : {"1500000", "600000", "250000"}) {
    const Finished run = command("ulimit -v " + kibibytes + ";",
                                 "run small.json --force -o few.h5 --quiet --threads 64");
    EXPECT_TRUE(run.exit_code == 0 || run.exit_code == 1) << kibibytes << ": " << run.exit_code;
    EXPECT_NE(run.err.find("ulimit -v"), std::string::npos) << kibibytes << run.err;
  }
}

}  // namespace
}  // namespace edgesweep::testing
