// Which GPUs are used: those that can run the program, or those of them that were asked for.
#include <gtest/gtest.h>

#include "emulated/control.h"
#include "host/engine/backends.h"
#include "host/results/results_file.h"
#include "tests/cuda/emulated_run.h"

namespace edgesweep::testing {
namespace {

class EmulatedDevices : public EmulatedRun {
 protected:
  std::string stored_device(const std::string& file) {
    return read_results(folder_.file(file))->device;
  }
  /// What `run` says and how it ends, with a file that must not be there afterwards.
  void expect_refused(const Texts& environment, const Texts& more, const std::string& message,
                      const std::string& backend = "cuda") {
    const Finished finished = run(backend, "none.h5", environment, more);
    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_TRUE(contains(finished.err, message)) << finished.err << "\nwanted: " << message;
    EXPECT_FALSE(read_results(folder_.file("none.h5")).has_value());
  }
};

const Texts kUnequal = {"DEVICE=h100,t4,v100,rtx4090", "IMAGES=1,1,0,1", "SHARED=,,,16384",
                        "TAKEN=,5000000000"};

TEST_F(EmulatedDevices, AreShownWithWhatTheyHaveAndWhyTheyAreLeftOut) {
  const Finished shown = command({"devices"}, kUnequal);
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  for (const char* part :
       {"cuda  0: Emulated NVIDIA H100 80GB HBM3, compute capability 9.0, 132 multiprocessors\n"
        "      memory: 85.5 GB, of which 85.5 GB are free; 232 kB of shared memory per block\n",
        "cuda  1: Emulated Tesla T4, compute capability 7.5, 40 multiprocessors\n"
        "      memory: 15.8 GB, of which 10.8 GB are free; 65.5 kB of shared memory per block\n",
        "cuda  2: Emulated Tesla V100-SXM2-16GB, compute capability 7.0, 80 multiprocessors\n"
        "      memory: 16.9 GB; 98.3 kB of shared memory per block\n"
        "      left out: this program has no kernels for compute capability 7.0; a build with "
        "-DCMAKE_CUDA_ARCHITECTURES=70 has them if nvcc knows it\n",
        "      left out: a block may have 16.4 kB of shared memory, and the kernels need 49.2 kB\n",
        "used by default: cuda 0 (89 % of the work), cuda 1 (11 % of the work)\n"})
    EXPECT_TRUE(contains(shown.out, part)) << shown.out << "\nwanted: " << part;
}

TEST_F(EmulatedDevices, OneAloneIsUsedWhole) {
  EXPECT_TRUE(contains(command({"devices"}).out, "used by default: cuda 0\n"));
  EXPECT_TRUE(contains(command({"devices"}, {"DEVICES=none"}).out, "used by default: cpu\n"));
  const Finished shown = command({"devices"}, {"FAULT=call:1"});
  EXPECT_TRUE(contains(shown.out,
                       "left out: CUDA-capable device(s) is/are busy or unavailable\n"
                       "used by default: cpu\n"))
      << shown.out;
}

TEST_F(EmulatedDevices, WhatCannotRunTheProgramIsNamedAndTheRestIsUsed) {
  const std::string expected = cpu_digest();
  const Finished finished = run("cuda", "cuda.h5", kUnequal);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(digest_of(folder_.file("cuda.h5")), expected);
  EXPECT_EQ(stored_device("cuda.h5"), "Emulated NVIDIA H100 80GB HBM3, Emulated Tesla T4");
  EXPECT_TRUE(contains(finished.err,
                       "edgesweep: GPU 2, Emulated Tesla V100-SXM2-16GB, is left out: this "
                       "program has no kernels for compute capability 7.0"))
      << finished.err;
  EXPECT_TRUE(contains(finished.err, "edgesweep: GPU 3, ")) << finished.err;
}

TEST_F(EmulatedDevices, AutoTakesTheCpuWhereNoGpuCanRunTheProgram) {
  const Finished finished =
      command({"run", "small.json", "-o", "out.h5"}, {"DEVICES=2", "IMAGES=0"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(read_results(folder_.file("out.h5"))->backend, "cpu");
  EXPECT_TRUE(contains(finished.err,
                       "(no GPU: GPU 0, Emulated NVIDIA H100 80GB HBM3: this program "
                       "has no kernels for compute capability 9.0"))
      << finished.err;
  expect_refused({"IMAGES=0"}, {}, "--backend: found \"cuda\" without a GPU (GPU 0, Emulated");
}

TEST_F(EmulatedDevices, ThoseThatWereAskedForAreUsedAndNoOther) {
  const std::string expected = cpu_digest();
  const Texts three = {"DEVICE=h100,t4,v100", "FAULT=call:1@0,call:1@1"};
  const Finished finished = run("cuda", "cuda.h5", three, {"--gpus", "2"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "") << "others are not touched, and need no word";
  EXPECT_EQ(digest_of(folder_.file("cuda.h5")), expected);
  EXPECT_EQ(stored_device("cuda.h5"), "Emulated Tesla V100-SXM2-16GB");
  const Finished two =
      run("auto", "cuda.h5", {"DEVICE=h100,t4,v100"}, {"--gpus", "2,0", "--force"});
  ASSERT_EQ(two.exit_code, 0) << two.err;
  EXPECT_EQ(stored_device("cuda.h5"),
            "Emulated Tesla V100-SXM2-16GB, Emulated NVIDIA H100 80GB HBM3");
  const Finished verified = command({"verify", "cuda.h5", "--gpus", "1", "--backend", "cuda"},
                                    {"DEVICE=h100,t4,v100", "FAULT=call:1@0,call:1@2"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

TEST_F(EmulatedDevices, NumbersThatCannotBeUsedAreBadInput) {
  const Texts three = {"DEVICE=h100,t4,v100", "IMAGES=1,1,0"};
  expect_refused(three, {"--gpus", "0,3"}, "--gpus: found 3; allowed: 0 to 2\n");
  expect_refused(three, {"--gpus", "1,2"},
                 "--gpus: found 2, Emulated Tesla V100-SXM2-16GB: this program has no kernels");
  expect_refused(three, {"--gpus", "2"}, "allowed: 0, 1\n");
  expect_refused({}, {"--gpus", "1"}, "--gpus: found 1; allowed: 0\n");
  expect_refused({"DEVICES=none"}, {"--gpus", "1,0"},
                 "--gpus: found 1,0 without a GPU (no NVIDIA driver", "auto");
  for (const char* wrong : {"a", "0,", ",0", "0,,1", "-1", "0 1", "1.5", "99999999999"})
    expect_refused(three, {std::string("--gpus=") + wrong},
                   "--gpus: found \"" + std::string(wrong) + "\"; allowed: numbers with commas");
  expect_refused(three, {"--gpus", "1,1"}, "--gpus: found \"1,1\" with 1 twice");
  expect_refused(three, {"--gpus", "0"}, "--gpus: found \"0\" with --backend cpu", "cpu");
  const Finished hidden =
      command({"run", "small.json", "--gpus", "3"}, {"DEVICES=2"}, {"CUDA_VISIBLE_DEVICES=4,5"});
  EXPECT_TRUE(contains(hidden.err,
                       "--gpus: found 3; allowed: 0 to 1 (of those that "
                       "CUDA_VISIBLE_DEVICES=4,5 leaves, from 0 on)"))
      << hidden.err;
}

TEST_F(EmulatedDevices, AutoPlansForTheFirstThatCanRunTheProgram) {
  const Finished plan =
      command({"plan", "small.json", "--device", "auto"}, {"DEVICE=h100,t4", "IMAGES=0,1"});
  EXPECT_TRUE(contains(plan.out, "On Emulated Tesla T4 (compute capability 7.5")) << plan.err;
  for (const std::string known : {"v100", "t4"})
    EXPECT_TRUE(contains(command({"plan", "small.json", "--device", known}).out, "On " + known));
}

TEST(EmulatedDeviceProbe, TouchesOnlyTheDevicesThatWereAskedFor) {
  std::vector<cuda_emulation::VirtualDevice> devices(2, cuda_emulation::device_profile("t4"));
  devices[1].has_kernel_images = false;
  cuda_emulation::reset(devices);
  cuda_emulation::settings().print_failures = false;
  const CudaDevices all = find_cuda_devices();
  EXPECT_EQ(all.usable().size(), 1u);
  EXPECT_EQ(all.why_none, "");
  const size_t calls = cuda_emulation::counters(1).calls;
  EXPECT_EQ(find_cuda_devices({0, 7}).devices.size(), 1u);
  EXPECT_EQ(cuda_emulation::counters(1).calls, calls) << "not asked for, not touched";
  cuda_emulation::reset();
}

}  // namespace
}  // namespace edgesweep::testing
