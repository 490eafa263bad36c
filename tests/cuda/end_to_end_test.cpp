// The whole program on emulated GPUs: the bits of the CPU, whatever device, number of devices,
// thread order, memory or fault.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "host/results/results_file.h"
#include "tests/cuda/emulated_run.h"
#include "tests/support/paths.h"

namespace edgesweep::testing {
namespace {

TEST_F(EmulatedRun, GivesTheBitsOfTheCpu) {
  const std::string expected = cpu_digest();
  const std::vector<Texts> environments = {{},
                                           {"SEED=1"},
                                           {"SEED=2"},
                                           {"SEED=3"},
                                           {"SEED=4"},
                                           {"DEVICES=3"},
                                           {"THREADS=2"},
                                           {"DEVICE=rtx4090", "DEVICES=2"},
                                           {"DEVICE=a100"},
                                           {"DEVICE=v100"},
                                           {"DEVICE=t4"},
                                           {"DEVICE=h100,t4,v100"}};
  for (const Texts& environment : environments) {
    const Finished finished = run("cuda", "cuda.h5", environment, {"--force"});
    const std::string what = environment.empty() ? "" : environment.front();
    ASSERT_EQ(finished.exit_code, 0) << what << finished.err;
    EXPECT_EQ(digest_of(folder_.file("cuda.h5")), expected) << what;
  }
  EXPECT_EQ(read_results(folder_.file("cuda.h5"))->backend, "cuda");
}

/// Cameras alone and many that share a network: one file, same bits.
TEST_F(EmulatedRun, ManyCamerasThatShareANetworkGiveTheBitsOfTheCpu) {
  write_config(R"({"devices.count": [1, 2, 3]})");
  const Texts few = {"--set", R"(policies=["weak","dqn"])",  "--set", "devices.search.rates=[0.15]",
                     "--set", "devices.search.sequences=2",  "--set", "devices.search.images=200",
                     "--set", "devices.training.warm_up=20", "--set", "store.statistics=true"};
  ASSERT_EQ(run("cpu", "cpu.h5", {}, few).exit_code, 0);
  const Finished finished = run("cuda", "cuda.h5", {"DEVICES=2"}, few);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(digest_of(folder_.file("cuda.h5")), digest_of(folder_.file("cpu.h5")));
}

/// The search's statistics and MDPs beside the GPU.
TEST_F(EmulatedRun, ThreadsHoldForWhatIsDoneOnTheCpu) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer wants to be the first library";
#endif
  write_config(R"({"devices.count": [1, 3]})");
  const auto threads_seen = [&](const std::string& threads) {
    const Finished finished =
        command({"run", "small.json", "-o", "out.h5", "--force", "--quiet", "--backend", "cuda",
                 "--threads", threads, "--set", R"(policies=["weak","dqn"])", "--set",
                 "devices.search.rates=[0.15]", "--set", "devices.search.sequences=40", "--set",
                 "devices.search.images=2000"},
                {},
                {std::string("LD_PRELOAD=") + EDGESWEEP_THREAD_LIMIT,
                 "EDGESWEEP_TEST_THREADS_SEEN=" + folder_.file("seen")});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return std::stoi(read_bytes(folder_.file("seen")));
  };
  constexpr int kBeside = 3;  // one writes results, one owns their file, one serves the GPU
  EXPECT_LE(threads_seen("1"), kBeside);
  EXPECT_GE(threads_seen("7"), 7);
}

TEST_F(EmulatedRun, TheQuickstartAtReducedSizeGivesTheBitsOfTheCpu) {
  const std::string config = testing::source_dir() + "/configs/quickstart.json";
  Texts digests;
  for (const std::string backend : {"cpu", "cuda"}) {
    Texts arguments = {"run", config, "-o", backend + ".h5", "--backend", backend, "--quiet"};
    for (const char* setting :
         {"dqn.schedule=[{\"iterations\":2,\"learning_rate\":1e-3}]", "dqn.evaluate_every=1",
          "dqn.mini_batches=4", "test.sequences=2", "test.images=1000",
          "dqn.training_sequences.images=400", "dqn.validation.images=400"})
      arguments.insert(arguments.end(), {"--set", setting});
    const Finished finished = command(arguments);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    digests.push_back(digest_of(folder_.file(backend + ".h5")));
  }
  EXPECT_EQ(digests[1], digests[0]);
  std::printf("digest on cpu and cuda: %s\n", digests[0].c_str());
}

TEST_F(EmulatedRun, PoliciesWithoutANetworkGiveTheBitsOfTheCpu) {
  // Some; none with a bucket, so that the traces hold the sequences alone.
  for (const std::string policies : {R"(["strong","baseline","clairvoyant"])", R"(["weak"])"}) {
    Texts digests;
    for (const std::string backend : {"cpu", "cuda"}) {
      const Finished finished =
          run(backend, backend + ".h5", {}, {"--force", "--set", "policies=" + policies});
      ASSERT_EQ(finished.exit_code, 0) << finished.err;
      digests.push_back(digest_of(folder_.file(backend + ".h5")));
    }
    EXPECT_EQ(digests[1], digests[0]) << policies;
  }
}

TEST_F(EmulatedRun, PlanShowsWhatAGpuHoldsWhere) {
  const Finished h100 = command({"plan", "small.json", "--device", "h100"}, {"DEVICES=none"});
  EXPECT_EQ(h100.exit_code, 0) << h100.err;
  EXPECT_TRUE(contains(h100.out, "On h100 (compute capability 9.0, 132 multiprocessors"))
      << h100.out;
  EXPECT_TRUE(contains(h100.out, "nothing was measured")) << h100.out;
  EXPECT_TRUE(contains(command({"plan", "small.json", "--device", "auto"}).out, "H100"));
  const Finished none = command({"plan", "small.json", "--device", "auto"}, {"DEVICES=none"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_TRUE(contains(none.err, "no NVIDIA driver")) << none.err;
  EXPECT_EQ(command({"plan", "small.json", "--device", "h10"}).exit_code, 2);
}

TEST_F(EmulatedRun, AutoTakesTheGpuAndWithoutOneSaysWhyItTakesTheCpu) {
  ASSERT_EQ(run("auto", "gpu.h5").exit_code, 0);
  EXPECT_EQ(read_results(folder_.file("gpu.h5"))->backend, "cuda");
  const Finished finished = command({"run", "small.json", "-o", "none.h5"}, {"DEVICES=none"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(read_results(folder_.file("none.h5"))->backend, "cpu");
  EXPECT_TRUE(contains(finished.err, "no NVIDIA driver")) << finished.err;
}

TEST_F(EmulatedRun, CudaWithoutAGpuSaysSoAndWritesNothing) {
  const Finished finished = run("cuda", "none.h5", {"DEVICES=none"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_TRUE(contains(finished.err, "no NVIDIA driver")) << finished.err;
  EXPECT_FALSE(std::filesystem::exists(folder_.file("none.h5")));
}

TEST_F(EmulatedRun, VerifyComparesEveryBitOnTheOtherBackend) {
  ASSERT_EQ(run("cuda", "cuda.h5").exit_code, 0);
  EXPECT_EQ(command({"verify", "cuda.h5", "--sample", "0", "--backend", "cpu"}).exit_code, 0);
  std::optional<StoredSweep> sweep = read_results(folder_.file("cuda.h5"));
  float& weight = sweep->runs[2].result.weights[5];
  weight = std::nextafter(weight, 1.0f);
  write_results(folder_.file("cuda.h5"), *sweep);
  const Finished verified = command({"verify", "cuda.h5", "--sample", "0", "--backend", "cpu"});
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_TRUE(contains(verified.out, "DIFFERS")) << verified.out;
  EXPECT_TRUE(contains(verified.out, "11 of 12")) << verified.out;
}

// ------------------------------------------------------------------------------------------ faults

TEST_F(EmulatedRun, MemoryForFewNetworksSplitsCohortsAndMemoryForNoneIsAClearError) {
  const std::string expected = cpu_digest();
  const Finished tight = run("cuda", "tight.h5", {"MEMORY=2500000"});
  ASSERT_EQ(tight.exit_code, 0) << tight.err;
  EXPECT_EQ(digest_of(folder_.file("tight.h5")), expected);
  const Finished none = run("cuda", "none.h5", {"MEMORY=8192"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(contains(none.err, "outputs takes") && contains(none.err, "needs less")) << none.err;
  const Finished cpu = run("cuda", "none.h5", {"MEMORY=8192"}, {"--fallback"});
  EXPECT_EQ(cpu.exit_code, 0) << cpu.err;
  EXPECT_EQ(digest_of(folder_.file("none.h5")), expected);
}

TEST_F(EmulatedRun, WhatOneGpuHasNoMemoryForGoesToAnother) {
  const std::string expected = cpu_digest();
  const Finished finished = run("cuda", "out.h5", {"DEVICE=h100,t4", "MEMORY=8192,"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(digest_of(folder_.file("out.h5")), expected);
}

TEST_F(EmulatedRun, OtherProcessesMayHaveMostOfTheMemory) {
  const std::string expected = cpu_digest();
  const Finished finished = run("cuda", "out.h5", {"TAKEN=85517000000"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(digest_of(folder_.file("out.h5")), expected);
}

TEST_F(EmulatedRun, AnAllocationThatFailsHalvesTheCohort) {
  const std::string expected = cpu_digest();
  for (const char* nth : {"40", "95"}) {
    const Finished finished =
        run("cuda", "out.h5", {std::string("FAULT=allocation:") + nth}, {"--force"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(digest_of(folder_.file("out.h5")), expected);
  }
}

class EmulatedFault : public EmulatedRun, public ::testing::WithParamInterface<const char*> {};

TEST_P(EmulatedFault, FailsClearlyAndTheSameCommandGoesOn) {
  const std::string expected = cpu_digest();
  const Finished failed =
      run("cuda", "out.h5", {std::string("FAULT=") + GetParam()}, {"--checkpoint-every", "0"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_TRUE(contains(failed.err, "the GPU failed")) << failed.err;
  EXPECT_TRUE((contains(failed.err, ".cpp:") || contains(failed.err, ".h:")) &&
              contains(failed.err, "_kernel of"))
      << failed.err;
  ASSERT_TRUE(read_results(folder_.file("out.h5")).has_value()) << "the file is sound";
  const Finished again = run("cuda", "out.h5");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(digest_of(folder_.file("out.h5")), expected);
}

TEST_P(EmulatedFault, LeavesItsWorkToTheOtherGpusWithTheSameBits) {
  const std::string expected = cpu_digest();
  const Finished finished =
      run("cuda", "out.h5", {std::string("FAULT=") + GetParam(), "DEVICE=t4,a100"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(contains(finished.err,
                       "edgesweep: GPU 0, Emulated Tesla T4, is not used any more, and the others "
                       "do its work: the GPU failed: "))
      << finished.err;
  EXPECT_EQ(read_results(folder_.file("out.h5"))->backend, "cuda");
  EXPECT_EQ(digest_of(folder_.file("out.h5")), expected);
}

TEST_P(EmulatedFault, FallsBackToTheCpuWithTheSameBits) {
  const std::string expected = cpu_digest();
  const Finished finished =
      run("cuda", "out.h5", {std::string("FAULT=") + GetParam()}, {"--fallback"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(contains(finished.err, "continuing on the CPU")) << finished.err;
  EXPECT_EQ(read_results(folder_.file("out.h5"))->backend, "cuda, then cpu");
  EXPECT_EQ(digest_of(folder_.file("out.h5")), expected);
}

// In the first evaluation, in a training kernel, before the last test; gone between two launches.
INSTANTIATE_TEST_SUITE_P(Faults, EmulatedFault,
                         ::testing::Values("launch:1", "launch:4", "launch:21", "lost:9"),
                         [](const auto& info) {
                           std::string name = info.param;
                           name[name.find(':')] = '_';
                           return name;
                         });

}  // namespace
}  // namespace edgesweep::testing
