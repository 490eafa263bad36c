// Files that are no pair of classifiers: each is refused with a message that names the array, what
// is wrong with it and what would be right, and nothing is written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/data/prepared_dataset.h"
#include "host/error.h"
#include "tests/support/classifier_files.h"
#include "tests/support/config_files.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"

namespace edgesweep::testing {
namespace {

constexpr uint64_t kImages = 90;
constexpr uint64_t kClasses = 7;

class FaultPrepare : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }

  static void expect_message(const std::string& file, const PrepareSettings& settings,
                             const std::vector<std::string>& parts) {
    const std::string message = input_error([&] { prepare_dataset(file, settings); });
    for (const std::string& part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << "no \"" << part << "\" in " << message;
  }

  /// From .npz and from HDF5 alike.
  void expect_refused(const PairArrays& arrays, const std::vector<std::string>& parts,
                      const PrepareSettings& settings = {Cost::top1}) {
    write_pair_npz(path("a.npz"), arrays);
    expect_message(path("a.npz"), settings, parts);
    write_pair_hdf5(path("a.h5"), arrays);
    expect_message(path("a.h5"), settings, parts);
  }

  static std::vector<double> changed(const std::string& name, size_t place, double value) {
    for (auto [known, values] : small_pair().vectors) {
      if (known != name) continue;
      values[place] = value;
      return values;
    }
    return {};
  }

  /// From .npz and from HDF5 alike, word by word.
  void expect_refusal(const PairArrays& arrays, const std::string& place_and_rest) {
    write_pair_npz(path("a.npz"), arrays);
    write_pair_hdf5(path("a.h5"), arrays);
    for (const std::string& file : {path("a.npz"), path("a.h5")})
      EXPECT_EQ(input_error([&] { prepare_dataset(file, {Cost::top1}); }),
                file + ": " + place_and_rest);
  }

  /// The valid file's logits with a column of `value` put before column `place`.
  static PairArrays with_column(uint64_t place, double value) {
    std::vector<double> values = small_pair().matrices[0].second.values;
    for (uint64_t image = 0; image < kImages; ++image)
      values.insert(values.begin() + static_cast<ptrdiff_t>(image * (kClasses + 1) + place), value);
    return with_logits(std::move(values), kClasses + 1);
  }

  static std::vector<double> labels_plus(double shift) {
    std::vector<double> labels = small_pair().vectors[0].second;
    for (double& label : labels) label += shift;
    return labels;
  }

  static PairArrays with_logits(std::vector<double> values, uint64_t columns) {
    PairArrays arrays = small_pair();
    arrays.matrices[0].second = {std::move(values), columns};
    return arrays;
  }

  const TemporaryFolder folder_;
};

TEST_F(FaultPrepare, TheValidFileIsAccepted) {
  write_pair_npz(path("a.npz"), small_pair());
  EXPECT_EQ(prepare_dataset(path("a.npz"), {Cost::top1}).test.image.size(), kImages / 3);
}

TEST_F(FaultPrepare, WhatIsMissingIsNamedWithItsMeaning) {
  expect_refused(pair_without(small_pair(), "weak_logits"),
                 {"weak_logits: found nothing", "label", "images x classes"});
  expect_refused(pair_without(small_pair(), "label"), {"label: found nothing", "label (or gt)"});
  expect_refused(pair_without(small_pair(), "strong_rank"),
                 {"strong_logits: found nothing", "strong_rank (or srank)", "or strong_logits"});
  expect_refused(small_pair(), {"weak_cost: found nothing", "--cost own"}, {Cost::own});
  PairArrays misspelt = pair_without(small_pair(), "label");
  misspelt = pair_with(misspelt, "lable", std::vector<double>(kImages, 0));
  expect_refused(misspelt, {"did you mean \"lable\"?"});
}

TEST_F(FaultPrepare, TwoNamesOfOneArrayAreAmbiguous) {
  expect_refused(pair_with(small_pair(), "gt", std::vector<double>(kImages, 0)),
                 {"label: found also gt"});
}

TEST_F(FaultPrepare, LogitsThatAreNoNumbers) {
  for (const double bad : {static_cast<double>(NAN), std::numeric_limits<double>::infinity()}) {
    std::vector<double> values = small_pair().matrices[0].second.values;
    values[30 * kClasses + 2] = bad;
    expect_refused(with_logits(values, kClasses), {"weak_logits", "image 30, class 2", "finite"});
  }
}

TEST_F(FaultPrepare, ShapesThatDoNotFit) {
  expect_refused(with_logits(std::vector<double>(kImages, 1), 1), {"weak_logits", "1 class;"});
  expect_refused(with_logits({}, kClasses), {"weak_logits", "no images"});
  expect_refused(pair_with(small_pair(), "label", std::vector<double>(kImages - 1, 0)),
                 {"label: found 89 values", "each of the 90 images"});
  expect_refused(pair_with(small_pair(), "weak_logits", std::vector<double>(kImages, 1)),
                 {"weak_logits", "1 dimension"});
  PairArrays square = pair_without(small_pair(), "label");
  square.matrices.push_back({"label", {std::vector<double>(kImages, 0), 2}});
  expect_refused(square, {"label", "2 dimensions"});
  PairArrays strong = pair_without(small_pair(), "strong_rank");
  strong.matrices.push_back({"strong_logits", {std::vector<double>(kImages * 6, 0), 6}});
  expect_refused(strong, {"strong_logits", "(90, 6)", "(90, 7)"});
}

TEST_F(FaultPrepare, LogitsThatFitTransposedAreAskedAbout) {
  expect_refused(with_logits(std::vector<double>(kImages * kClasses, 0), kImages),
                 {"label: found 90 values; allowed: one for each of the 7 images of the logits, "
                  "which are 7 x 90; transposed? A row is an image (docs/files.md)"});
  PairArrays strong = pair_without(small_pair(), "strong_rank");
  strong.matrices.push_back(
      {"strong_logits", {std::vector<double>(kImages * kClasses, 0), kImages}});
  expect_refused(strong, {"strong_logits: found the shape (7, 90); allowed: that of the weak "
                          "logits, (90, 7); transposed? A row is an image (docs/files.md)"});
}

TEST_F(FaultPrepare, LabelsAndRanksOutOfRange) {
  expect_refused(pair_with(small_pair(), "label", changed("label", 8, kClasses)),
                 {"label: found 7 at position 8", "0..6"});
  expect_refused(pair_with(small_pair(), "label", changed("label", 8, -1)), {"-1 at position 8"});
  expect_refused(pair_with(small_pair(), "label", changed("label", 8, 0.5)),
                 {"0.5 at position 8", "whole numbers"});
  expect_refused(pair_with(small_pair(), "label", changed("label", 8, NAN)), {"nan at position 8"});
  expect_refused(pair_with(small_pair(), "label", std::vector<double>(kImages, 2)),
                 {"the one class 2"});
  expect_refused(pair_with(small_pair(), "strong_rank", changed("strong_rank", 5, 0)),
                 {"strong_rank: found 0 at position 5", "1.."});
  expect_refused(pair_with(small_pair(), "weak_rank", changed("strong_rank", 5, kClasses + 1)),
                 {"weak_rank: found 8 at position 5", "1..7"});
}

TEST_F(FaultPrepare, ProbabilitiesInPlaceOfLogits) {
  std::vector<double> values = small_pair().matrices[0].second.values;
  for (uint64_t image = 0; image < kImages; ++image) {
    double* const row = values.data() + image * kClasses;
    double sum = 0;
    for (uint64_t c = 0; c < kClasses; ++c) sum += std::exp(row[c]);
    for (uint64_t c = 0; c < kClasses; ++c)
      row[c] = std::round(1e4 * std::exp(row[c]) / sum) / 1e4;  // as somebody may have stored them
  }
  expect_refusal(
      with_logits(values, kClasses),
      "weak_logits: found probabilities (the numbers of every image are at least 0 and sum to 1); "
      "allowed: logits, which are the numbers before the softmax; of probabilities p, log(max(p, "
      "1e-30)) serves as well");
  values[20 * kClasses] -= 0.01;  // one image that does not sum to 1
  write_pair_npz(path("a.npz"), with_logits(values, kClasses));
  EXPECT_EQ(input_error([&] { prepare_dataset(path("a.npz"), {Cost::top1}); }), "no error");
}

TEST_F(FaultPrepare, ClassesCountedFromOne) {
  expect_refusal(pair_with(small_pair(), "label", labels_plus(1)),
                 "label: found classes from 1 to 7; allowed: classes counted from 0, 0..6, as the "
                 "columns of the logits are: subtract 1");
  // Where no image is of the last class, the numbers alone do not show it.
  expect_refusal(pair_with(with_column(kClasses, -5), "label", labels_plus(1)),
                 "label: found classes 1..7 of 8 columns of logits; the greatest logit is that of "
                 "the class itself for 5 of 90 images, and that of the class before it for 57; "
                 "allowed: classes counted from 0: subtract 1");
}

TEST_F(FaultPrepare, ABackgroundClassThatLabelsLeaveOut) {
  expect_refusal(with_column(0, -5),
                 "label: found classes 0..6 of 8 columns of logits; the greatest logit is that of "
                 "the class itself for 7 of 90 images, and that of the class after it for 57; "
                 "allowed: the number of the class's column: add 1, or leave out the first column "
                 "of the logits (a background class?)");
  write_pair_npz(path("a.npz"), pair_with(with_column(0, -5), "label", labels_plus(1)));
  EXPECT_EQ(input_error([&] { prepare_dataset(path("a.npz"), {Cost::top1}); }), "no error");
}

TEST_F(FaultPrepare, LabelsThatTheLogitsTellNothingOf) {
  const PairArrays pair = small_pair(300, 5);
  std::vector<double> labels = pair.vectors[0].second;
  std::rotate(labels.begin(), labels.begin() + 1, labels.end());  // each image's is the next one's
  expect_refusal(pair_with(pair, "label", labels),
                 "weak_logits: found an inverse temperature of 0: the logits tell nothing of the "
                 "labels, and their greatest is the true class's for 53 of 300 images, as often as "
                 "chance has it; allowed: logits and labels of the same images, in the same order, "
                 "classes counted from 0");
}

TEST_F(FaultPrepare, CostsThatAreNoNumbers) {
  PairArrays arrays = pair_with(small_pair(), "weak_cost", std::vector<double>(kImages, 1));
  std::vector<double> strong(kImages, 0);
  strong[3] = INFINITY;
  expect_refused(pair_with(arrays, "strong_cost", strong), {"strong_cost: found inf at position 3"},
                 {Cost::own});
}

TEST_F(FaultPrepare, NothingToLearn) {
  PairArrays equal = pair_with(small_pair(), "weak_rank", std::vector<double>(kImages, 3));
  expect_refused(pair_with(equal, "strong_rank", std::vector<double>(kImages, 1)),
                 {"top1 costs: found the same reward, 1,", "--cost"});
  expect_refused(with_logits(std::vector<double>(kImages * kClasses, 0.25), kClasses),
                 {"weak_logits: found the same entropy, 1.9"});
  std::vector<double> alike(kImages * kClasses, 0.25);
  const std::vector<double> label = small_pair().vectors[0].second;
  for (uint64_t i = 0; i < kImages; ++i)
    alike[i * kClasses + static_cast<uint64_t>(label[i])] += 1 + 1e-12 * static_cast<double>(i % 5);
  expect_refused(with_logits(alike, kClasses), {"nearly the same entropy, "});
}

TEST_F(FaultPrepare, FoldsThatDoNotFit) {
  expect_refused(small_pair(), {"--fold: found 3; allowed: 0, 1, 2"}, {Cost::top1, 0, 3});
  const PairArrays split = pair_with(small_pair(), "split", std::vector<double>(kImages, 4));
  expect_refused(split, {"0 training images"}, {Cost::top1, 0, 4});
  expect_refused(split, {"--folds: found 5", "array split"}, {Cost::top1, 5, 4});
  std::vector<double> halves(kImages, 0);
  halves[0] = 0.5;
  expect_refused(pair_with(small_pair(), "split", halves), {"split: found 0.5 at position 0"});
}

TEST_F(FaultPrepare, OtherKindsOfFile) {
  write_bytes(path("a"), "no arrays");
  expect_message(path("a"), {}, {"neither a .npz nor an HDF5 file"});
  expect_message(path("missing.npz"), {}, {"missing.npz", "No such file"});
  expect_message(path("."), {}, {"a directory"});
  write_pair_hdf5(path("a.h5"), small_pair(), 16, 4);
  std::string bytes = read_bytes(path("a.h5"));
  write_bytes(path("cut.h5"), bytes.substr(0, bytes.size() / 2));
  expect_message(path("cut.h5"), {}, {"cut.h5"});
}

// Damage anywhere: refused or harmless, never a crash.
TEST_F(FaultPrepare, DamagedBytesNeverCrash) {
  write_pair_hdf5(path("a.h5"), small_pair(), 16, 4);
  write_pair_npz(path("a.npz"), small_pair());
  for (const std::string name : {"a.h5", "a.npz"}) {
    const std::string bytes = read_bytes(path(name));
    for (size_t place = 0; place < bytes.size(); place += bytes.size() / 60) {
      std::string damaged = bytes;
      damaged[place] = static_cast<char>(damaged[place] ^ 0x5a);
      write_bytes(path("damaged"), damaged);
      try {
        prepare_dataset(path("damaged"), {Cost::top1});
      } catch (const InputError&) {
        // Refused is well, too.
      }
    }
  }
}

class FaultPrepareCommand : public FaultPrepare {
 protected:
  void SetUp() override { write_pair_npz(path("pair.npz"), small_pair()); }
  /// But for what the processes print.
  std::vector<std::string> files() const {
    std::vector<std::string> names = folder_.names();
    std::erase_if(names, [](const std::string& name) { return name.starts_with(".process"); });
    return names;
  }
  Finished prepare(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "prepare");
    return edgesweep_command(arguments, folder_.path());
  }
};

TEST_F(FaultPrepareCommand, BadInputIsExitCodeTwoAndWritesNothing) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"pair.npz", "-o", "out.h5", "--cost", "top3"}, "top1, top5, rank10, own"},
      {{"pair.npz", "-o", "out.h5", "--fold", "9"}, "allowed: 0, 1, 2"},
      {{"pair.npz", "-o", "out.csv"}, "ends in .h5 (HDF5) or .npz"},
      {{"pair.npz", "-o", "out.h5", "--cost", "top1,top5"}, "a name with {cost} in it"},
      {{"pair.npz", "-o", "out.h5", "--fold", "all"}, "a name with {fold} in it"},
      {{"pair.npz", "-o", "{cost}out.h5", "--cost", "all,top5"}, "found top5 twice"},
      {{"pair.npz", "-o", "out{fold}.h5", "--fold", "0,1,0"}, "found 0 twice"},
      {{"pair.npz", "-o", "out.h5", "--fold", "-1"}, "whole numbers from 0 on"},
      {{"pair.npz", "-o", "out{fold}.h5", "--cost", "top1", "--fold", "7,0"}, "allowed: 0, 1, 2"},
      {{"nothing.npz", "-o", "out.h5"}, "nothing.npz"},
      {{"pair.npz"}, "--output"},
      {{"pair.npz", "-o", "out.h5", "--folds", "1"}, "--folds"}};
  for (const auto& [arguments, part] : cases) {
    const Finished finished = prepare(arguments);
    EXPECT_EQ(finished.exit_code, 2) << part;
    EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
  }
  EXPECT_EQ(files(), (std::vector<std::string>{"pair.npz"}));
}

TEST_F(FaultPrepareCommand, OneOfSeveralThatIsThereStopsAllBeforeAnyIsWritten) {
  write_bytes(path("top5_2.h5"), "precious");
  for (const std::string folds : {"0,2", "all"}) {
    const Finished finished =
        prepare({"pair.npz", "-o", "{cost}_{fold}.h5", "--cost", "all", "--fold", folds});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_NE(finished.err.find("top5_2.h5"), std::string::npos) << finished.err;
  }
  EXPECT_EQ(files(), (std::vector<std::string>{"pair.npz", "top5_2.h5"}));
}

TEST_F(FaultPrepareCommand, AFileThatIsThereIsOverwrittenOnlyByForce) {
  write_bytes(path("out.h5"), "precious");
  const std::vector<std::string> arguments = {"pair.npz", "-o", "out.h5", "--cost", "top1"};
  EXPECT_EQ(prepare(arguments).exit_code, 2);
  EXPECT_EQ(read_bytes(path("out.h5")), "precious");
  std::vector<std::string> forced = arguments;
  forced.emplace_back("--force");
  EXPECT_EQ(prepare(forced).exit_code, 0);
  EXPECT_NE(read_bytes(path("out.h5")), "precious");
}

TEST_F(FaultPrepareCommand, TheFileThatIsReadIsNeverTheOutput) {
  write_pair_hdf5(path("pair.h5"), small_pair());
  const std::string before = read_bytes(path("pair.h5"));
  EXPECT_EQ(prepare({"pair.h5", "-o", "./pair.h5", "--cost", "top1", "--force"}).exit_code, 2);
  EXPECT_EQ(read_bytes(path("pair.h5")), before);
}

TEST_F(FaultPrepareCommand, AFullDiskLeavesNothing) {
  const Finished finished =
      Process({testing::program(), "prepare", "pair.npz", "-o", "out.h5", "--cost", "top1"},
              folder_.path(), /*file_limit=*/1000)
          .wait();
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_NE(finished.err.find("out.h5: cannot write"), std::string::npos) << finished.err;
  for (const std::string& name : folder_.names()) {
    EXPECT_EQ(name.find("out.h5"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace edgesweep::testing
