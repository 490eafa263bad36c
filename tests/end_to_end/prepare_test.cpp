// From the outputs of two classifiers to a dataset, and from it to a sweep.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/data/dataset.h"
#include "host/data/npz.h"
#include "host/hdf5/hdf5_reader.h"
#include "host/results/results_file.h"
#include "tests/support/classifier_files.h"
#include "tests/support/plain_softmax.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

class EndToEndPrepare : public ::testing::Test {
 protected:
  /// Exit code 0 is asserted.
  std::string prepare(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "prepare");
    const Finished finished = edgesweep_command(arguments, folder_.path());
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out;
  }
  std::vector<double> array(const std::string& file, const std::string& name) const {
    return Hdf5Reader(folder_.file(file), {}).read_doubles(name, 1, 1 << 20).values;
  }
  std::string path(const std::string& name) const { return folder_.file(name); }

  const TemporaryFolder folder_;
};

TEST_F(EndToEndPrepare, ADatasetThatASweepRunsOn) {
  write_pair_npz(path("pair.npz"), small_pair(3000, 7));
  const std::string shown = prepare({"pair.npz", "-o", "made/data.h5", "--cost", "top1"});
  EXPECT_NE(shown.find("Wrote made/data.h5"), std::string::npos) << shown;
  const auto dataset = load_dataset(path("made/data.h5"));
  EXPECT_EQ(dataset->training.size(), 2000);
  EXPECT_EQ(dataset->test.size(), 1000);
  write_bytes(path("small.json"), small_config(20));
  const Finished run = edgesweep_command(
      {"run", "small.json", "-o", "out.h5", "--set", "dataset=\"" + path("made/data.h5") + "\""},
      folder_.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::optional<StoredSweep> sweep = read_results(path("out.h5"));
  ASSERT_EQ(sweep->runs.size(), 2u);
  for (const StoredRun& stored : sweep->runs) {
    const double weak = stored.result.policies[0].loss;
    const double strong = stored.result.policies[1].loss;
    const double mdp = stored.result.policies[4].loss;
    EXPECT_LT(mdp, weak) << "offloading by the fitted metric gains";
    EXPECT_GT(mdp, strong);
  }
}

TEST_F(EndToEndPrepare, FoldsPartTheImagesAndEachIsTestedOnce) {
  write_pair_npz(path("pair.npz"), small_pair(101, 5));
  std::vector<double> tested;
  for (const std::string fold : {"0", "1", "2", "3"}) {
    const std::string name = "fold" + fold + ".h5";
    prepare({"pair.npz", "-o", name, "--cost", "top1", "--folds", "4", "--fold", fold});
    const std::vector<double> test = array(name, "image_ts");
    std::vector<double> all = array(name, "image_tr");
    all.insert(all.end(), test.begin(), test.end());
    std::sort(all.begin(), all.end());
    std::vector<double> every(101);
    std::iota(every.begin(), every.end(), 0);
    EXPECT_EQ(all, every);
    for (const double image : test)
      EXPECT_EQ(static_cast<int>(image) % 4, fold[0] - '0') << "image i in fold i mod 4";
    tested.insert(tested.end(), test.begin(), test.end());
  }
  EXPECT_EQ(tested.size(), 101u);
}

TEST_F(EndToEndPrepare, SplitOfTheFileSaysWhatIsTested) {
  std::vector<double> split(90, 5);
  split[3] = split[88] = 2;
  write_pair_npz(path("pair.npz"), pair_with(small_pair(), "split", split));
  prepare({"pair.npz", "-o", "data.h5", "--cost", "top1", "--fold", "2"});
  EXPECT_EQ(array("data.h5", "image_ts"), (std::vector<double>{3, 88}));
}

TEST_F(EndToEndPrepare, ArraysAreThoseOfTheRule) {
  PairArrays arrays = small_pair(200, 7);
  write_pair_npz(path("pair.npz"), arrays);
  prepare({"pair.npz", "-o", "data.h5", "--cost", "rank10"});
  const Hdf5Reader reader(path("data.h5"), {});
  const std::vector<double> image = array("data.h5", "image_tr");
  const std::vector<double> entropy = array("data.h5", "entropy_tr");
  const std::vector<double> strong = array("data.h5", "scost_tr");
  const std::vector<double>& logits = arrays.matrices[0].second.values;
  std::vector<double> training_logits;
  std::vector<int32_t> training_label;
  for (const double i : image) {
    const auto row = logits.begin() + static_cast<int64_t>(i) * 7;
    training_logits.insert(training_logits.end(), row, row + 7);
    training_label.push_back(
        static_cast<int32_t>(arrays.vectors[0].second[static_cast<size_t>(i)]));
  }
  const double temperature = plain_calibration(training_logits, 7, training_label);
  for (size_t i = 0; i < image.size(); ++i) {
    EXPECT_NEAR(entropy[i], plain_entropy(&training_logits[7 * i], 7, temperature), 1e-3);
    EXPECT_EQ(strong[i], std::min(10.0, arrays.vectors[1].second[static_cast<size_t>(image[i])]));
  }
}

TEST_F(EndToEndPrepare, TheSameDatasetFromEveryKindOfFileAndAnyThreads) {
  const PairArrays arrays = small_pair(400, 9);
  write_pair_npz(path("pair.npz"), arrays);
  prepare({"pair.npz", "-o", "npz.h5", "--cost", "top1"});
  write_pair_hdf5(path("pair.h5"), arrays);
  prepare({"pair.h5", "-o", "plain.h5", "--cost", "top1", "--threads", "1"});
  prepare({"pair.h5", "-o", "again.h5", "--cost", "top1", "--threads", "3"});
  EXPECT_EQ(read_bytes(path("plain.h5")), read_bytes(path("again.h5")));
  write_pair_hdf5(path("chunks.h5"), arrays, 64, 4);
  prepare({"chunks.h5", "-o", "chunked.h5", "--cost", "top1"});
  for (const std::string name : {"metric_tr", "metric_ts", "entropy_tr", "fit_reward"}) {
    EXPECT_EQ(array("npz.h5", name), array("plain.h5", name)) << name;
    EXPECT_EQ(array("npz.h5", name), array("chunked.h5", name)) << name;
  }
}

void expect_same_images(const ImageSet& a, const ImageSet& b) {
  EXPECT_EQ(a.raw_metric, b.raw_metric);
  EXPECT_EQ(a.metric_single, b.metric_single);
  EXPECT_EQ(a.weak_cost, b.weak_cost);
  EXPECT_EQ(a.strong_cost, b.strong_cost);
}

TEST_F(EndToEndPrepare, BothFormatsHoldTheSameDataset) {
  write_pair_npz(path("pair.npz"), small_pair(401, 9));
  prepare({"pair.npz", "-o", "data.h5", "--cost", "rank10"});
  prepare({"pair.npz", "-o", "data.npz", "--cost", "rank10"});
  const auto hdf5 = load_dataset(path("data.h5"));
  const auto npz = load_dataset(path("data.npz"));
  EXPECT_EQ(hdf5->metric_mean, npz->metric_mean);
  expect_same_images(hdf5->training, npz->training);
  expect_same_images(hdf5->test, npz->test);
  const InputFile file = read_input_file(path("data.npz"));
  for (const std::string name : {"metric_tr", "wcost_tr", "scost_tr", "entropy_tr", "image_tr",
                                 "metric_ts", "wcost_ts", "scost_ts", "entropy_ts", "image_ts",
                                 "fit_entropy", "fit_reward", "bandwidth_share", "bandwidth_error"})
    EXPECT_EQ(read_npz(file, {name}, [](const auto&) {}).front(), array("data.h5", name)) << name;
  prepare({"pair.npz", "-o", "again.npz", "--cost", "rank10", "--threads", "1"});
  EXPECT_EQ(read_bytes(path("again.npz")), read_bytes(path("data.npz")));
}

TEST_F(EndToEndPrepare, SeveralCostsAndFoldsAreWhatEachIsAlone) {
  write_pair_npz(path("pair.npz"), small_pair(301, 7));
  const std::string shown = prepare({"pair.npz", "-o", "all/{cost}_fold{fold}.h5", "--cost", "all",
                                     "--fold", "all", "--folds", "4"});
  EXPECT_NE(shown.find("Wrote 12 datasets"), std::string::npos) << shown;
  for (const std::string cost : {"top1", "top5", "rank10"})
    for (const std::string fold : {"0", "1", "2", "3"}) {
      prepare({"pair.npz", "-o", "alone.h5", "--cost", cost, "--folds", "4", "--fold", fold,
               "--force"});
      EXPECT_EQ(read_bytes(path("all/" + cost + "_fold" + fold + ".h5")),
                read_bytes(path("alone.h5")))
          << cost << " " << fold;
    }
  prepare({"pair.npz", "-o", "{cost}.npz", "--cost", "rank10,top1", "--fold", "2"});
  prepare({"pair.npz", "-o", "alone.npz", "--cost", "top1", "--fold", "2"});
  EXPECT_EQ(read_bytes(path("top1.npz")), read_bytes(path("alone.npz")));
}

TEST_F(EndToEndPrepare, StrongLogitsAndTheReferencesNamesDoTheSame) {
  PairArrays arrays = small_pair(120, 6);
  Matrix strong = arrays.matrices[0].second;
  const std::vector<double>& label = arrays.vectors[0].second;
  std::vector<double> rank;
  for (size_t i = 0; i < label.size(); ++i) {
    if (i % 10 > 0) strong.values[i * 6 + static_cast<size_t>(label[i])] += 100;
    double before = 1;
    for (size_t c = 0; c < 6; ++c)
      before += strong.values[i * 6 + c] > strong.values[i * 6 + static_cast<size_t>(label[i])];
    rank.push_back(before);
  }
  PairArrays reference;
  reference.matrices = {{"wlogit", arrays.matrices[0].second}};
  reference.vectors = {{"gt", label}, {"srank", rank}};
  write_pair_npz(path("reference.npz"), reference);
  prepare({"reference.npz", "-o", "ranks.h5", "--cost", "rank10"});
  arrays = pair_without(arrays, "strong_rank");
  arrays.matrices.emplace_back("strong_logits", strong);
  write_pair_npz(path("logits.npz"), arrays);
  prepare({"logits.npz", "-o", "logits.h5", "--cost", "rank10"});
  for (const std::string name : {"scost_tr", "wcost_tr", "metric_tr"})
    EXPECT_EQ(array("ranks.h5", name), array("logits.h5", name)) << name;
}

TEST_F(EndToEndPrepare, CostsOfOnesOwn) {
  PairArrays arrays = pair_without(small_pair(), "strong_rank");
  std::vector<double> weak, strong;
  for (int i = 0; i < 90; ++i) {
    weak.push_back(0.5 * (i % 5));
    strong.push_back(0.25 * (i % 2));
  }
  arrays = pair_with(pair_with(arrays, "weak_cost", weak), "strong_cost", strong);
  write_pair_npz(path("pair.npz"), arrays);
  prepare({"pair.npz", "-o", "data.h5", "--cost", "own"});
  const std::vector<double> image = array("data.h5", "image_ts");
  const std::vector<double> found = array("data.h5", "wcost_ts");
  for (size_t i = 0; i < image.size(); ++i)
    EXPECT_EQ(found[i], weak[static_cast<size_t>(image[i])]);
}

TEST_F(EndToEndPrepare, CostsInAnotherUnitGiveTheSameMetricsInThatUnit) {
  const PairArrays pair = pair_without(small_pair(300, 5), "strong_rank");
  const auto metrics = [&](const std::string& output, double factor) {
    std::vector<double> weak, strong;
    for (int i = 0; i < 300; ++i) {
      weak.push_back(factor * 0.3 * (i % 7));
      strong.push_back(factor * 0.7 * (i % 3));
    }
    write_pair_npz(path("pair.npz"),
                   pair_with(pair_with(pair, "weak_cost", weak), "strong_cost", strong));
    prepare({"pair.npz", "-o", output, "--cost", "own"});
    std::vector<double> all = array(output, "metric_tr");
    const std::vector<double> test = array(output, "metric_ts");
    all.insert(all.end(), test.begin(), test.end());
    return all;
  };
  const std::vector<double> once = metrics("once.h5", 1);
  for (const int k : {-40, 40}) {
    std::vector<double> scaled = metrics("scaled" + std::to_string(k) + ".h5", std::ldexp(1.0, k));
    for (double& metric : scaled) metric = std::ldexp(metric, -k);
    EXPECT_EQ(scaled, once) << k;
  }
}

TEST_F(EndToEndPrepare, AClassifierThatIsRightByChanceIsNoted) {
  const PairArrays arrays = small_pair();
  std::vector<double> labels = arrays.vectors[0].second;
  for (double& label : labels) label = 6 - label;
  write_pair_npz(path("pair.npz"), pair_with(arrays, "label", labels));
  const std::vector<std::string> arguments = {"prepare", "pair.npz", "-o",
                                              "data.h5", "--cost",   "top1"};
  const Finished finished = edgesweep_command(arguments, folder_.path());
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err,
            "edgesweep: note: the greatest weak logit is that of the label for 14 of 90 images, "
            "no more than chance; are logits and labels of the same images, in the same order?\n");
  write_pair_npz(path("pair.npz"), arrays);
  const Finished right = edgesweep_command(
      {"prepare", "pair.npz", "-o", "data.h5", "--cost", "top1", "--force"}, folder_.path());
  EXPECT_EQ(right.err, "");
}

#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // they keep memory of their own

// Two million logits in chunks, and a program that holds far less than their 16 MB at once.
TEST_F(EndToEndPrepare, LogitsOnDiskAreNotHeldInMemory) {
  const auto peak = [&](uint64_t images) {
    write_pair_hdf5(path("pair.h5"), small_pair(images, 200), 100, 200);
    const Finished finished = edgesweep_command(
        {"prepare", "pair.h5", "-o", "data.h5", "--cost", "top1", "--force", "--threads", "1"},
        folder_.path());
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.peak_bytes;
  };
  const double small = peak(11'000);
  const double large = peak(33'000);
  // 4.4 million logits more are 35 MB; 22,000 images more may take 200 bytes each.
  EXPECT_LT(large - small, 10e6) << small << " " << large;
}

#endif

}  // namespace
}  // namespace edgesweep::testing
