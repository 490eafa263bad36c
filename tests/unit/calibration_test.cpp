// Calibration, entropy and ranks against the rules written down plainly.
#include "host/data/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>

#include "host/data/portable_math.h"
#include "host/data/softmax_row.h"
#include "host/error.h"
#include "tests/support/config_files.h"
#include "tests/support/plain_softmax.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

using testing::input_error;
using testing::plain_calibration;
using testing::plain_cross_entropy;
using testing::plain_entropy;

struct SmallPair {
  SmallPair(int64_t image_count, int64_t class_count, double scale, unsigned seed = 3)
      : images(image_count), classes(class_count) {
    std::mt19937_64 generator(seed);
    std::normal_distribution<double> normal(0, scale);
    for (int64_t i = 0; i < images; ++i) {
      label.push_back(static_cast<int32_t>(generator() % static_cast<uint64_t>(classes)));
      for (int64_t c = 0; c < classes; ++c)
        logits.push_back(normal(generator) + (c == label.back() ? scale : 0));
    }
  }
  LogitsInMemory source() const { return {images, classes, logits}; }
  Calibration calibrated() const {
    LogitsInMemory from = source();
    const LogitSummary summary = summarise_logits("f", "logits", from, label);
    return calibrate(from, summary.margin, std::vector<bool>(label.size(), true));
  }

  int64_t images, classes;
  std::vector<double> logits;
  std::vector<int32_t> label;
};

TEST(Calibration, SumsOverClassesAreThoseOfTheRule) {
  for (const int64_t classes : {1, 2, 7, 8, 9, 16, 1000, 1003}) {
    SCOPED_TRACE(classes);
    const SmallPair pair(1, classes, 5);
    const double greatest = *std::max_element(pair.logits.begin(), pair.logits.end());
    EXPECT_EQ(greatest_of(pair.logits.data(), classes), greatest);
    double found[kCalibrationPoints];
    grid_partitions(pair.logits.data(), classes, 0.3, 0.2, found);
    for (int i = 0; i < kCalibrationPoints; ++i) {
      double expected = 0;
      for (const double logit : pair.logits)
        expected += std::exp((0.3 + 0.2 * i) * (logit - greatest));
      EXPECT_NEAR(found[i], expected, 1e-13 * expected) << i;
    }
    EXPECT_NEAR(softmax_entropy(pair.logits.data(), classes, 0.7),
                plain_entropy(pair.logits.data(), classes, 0.7), 1e-13);
  }
}

// The vectors of softmax_row must round as portable_exp does, chain by chain.
TEST(Calibration, VectorsHaveTheBitsOfTheScalarSums) {
  for (const int64_t classes : {1, 7, 8, 20, 1003}) {
    const SmallPair pair(1, classes, 9);
    const double greatest = greatest_of(pair.logits.data(), classes);
    double weights[8] = {}, products[8] = {};
    for (int64_t c = 0; c < classes; ++c) {
      const double exponent = 0.7 * (pair.logits[static_cast<size_t>(c)] - greatest);
      weights[c % 8] += portable_exp(exponent);
      products[c % 8] += portable_exp(exponent) * exponent;
    }
    const auto sum = [](const double* chain) {
      return ((chain[0] + chain[4]) + (chain[2] + chain[6])) +
             ((chain[1] + chain[5]) + (chain[3] + chain[7]));
    };
    EXPECT_EQ(softmax_entropy(pair.logits.data(), classes, 0.7),
              portable_log(sum(weights)) - sum(products) / sum(weights))
        << classes;
  }
}

TEST(Calibration, EntropyOfExtremeLogits) {
  const std::vector<double> sure = {-1e300, 1e300, -1e300};
  EXPECT_EQ(softmax_entropy(sure.data(), 3, 1.0), 0.0);
  const std::vector<double> torn(10, -123.0);
  EXPECT_NEAR(softmax_entropy(torn.data(), 10, 1.0), std::log(10.0), 1e-15);
  const std::vector<double> apart = {0.0, 5.0};
  EXPECT_NEAR(softmax_entropy(apart.data(), 2, 0.0), std::log(2.0), 1e-15);
}

TEST(Calibration, FindsTheTemperatureOfTheRule) {
  for (const auto& [images, classes] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 2}, {33, 3}, {500, 10}, {70, 101}}) {
    for (const double scale : {0.5, 1.0, 3.0}) {
      SCOPED_TRACE(::testing::Message() << images << " x " << classes << ", " << scale);
      const SmallPair pair(images, classes, scale);
      const Calibration found = pair.calibrated();
      // Both search the same grid; where two points are equally good to the last bit, either goes.
      EXPECT_NEAR(found.inverse_temperature, plain_calibration(pair.logits, classes, pair.label),
                  1e-3);
      EXPECT_NEAR(found.cross_entropy,
                  plain_cross_entropy(pair.logits, classes, pair.label, found.inverse_temperature),
                  1e-12);
      EXPECT_NEAR(found.cross_entropy_before,
                  plain_cross_entropy(pair.logits, classes, pair.label, 1.0), 1e-12);
    }
  }
}

TEST(Calibration, ScaledLogitsHaveTheInverselyScaledTemperature) {
  SmallPair pair(2000, 5, 1.0);
  const double before = pair.calibrated().inverse_temperature;
  for (double& logit : pair.logits) logit *= 4;
  EXPECT_NEAR(pair.calibrated().inverse_temperature, before / 4, 1e-3);
  EXPECT_FALSE(pair.calibrated().at_upper_end);
  for (double& logit : pair.logits) logit /= 400;
  EXPECT_TRUE(pair.calibrated().at_upper_end);
}

TEST(Calibration, LooksAtTrainingImagesAlone) {
  SmallPair pair(400, 4, 1.5);
  std::vector<bool> is_training(pair.label.size(), true);
  for (size_t i = 300; i < is_training.size(); ++i) is_training[i] = false;
  const auto calibrated = [&] {
    LogitsInMemory source = pair.source();
    const LogitSummary summary = summarise_logits("f", "logits", source, pair.label);
    return calibrate(source, summary.margin, is_training);
  };
  const Calibration before = calibrated();
  for (size_t i = 300 * 4; i < pair.logits.size(); ++i) pair.logits[i] *= -3;
  EXPECT_EQ(calibrated().inverse_temperature, before.inverse_temperature);
  EXPECT_EQ(calibrated().cross_entropy, before.cross_entropy);
}

/// Logits that are made when they are read, so that there may be many blocks of them.
class MadeLogits : public LogitSource {
 public:
  explicit MadeLogits(int64_t images) : images_(images) {}
  int64_t images() const override { return images_; }
  int64_t classes() const override { return kClasses; }
  void read(int64_t first, int64_t count, double* values) override {
    if (++reading_ > 1) overlapped_ = true;
    for (int64_t i = 0; i < count * kClasses; ++i)
      values[i] = static_cast<double>((first * kClasses + i) * 7919 % 1009) / 100;
    --reading_;
  }
  static constexpr int64_t kClasses = 3001;
  bool overlapped() const { return overlapped_; }

 private:
  int64_t images_;
  std::atomic<int> reading_{0};
  bool overlapped_ = false;
};

TEST(Calibration, ManyBlocksAndAnyNumberOfThreadsGiveTheSameBits) {
  MadeLogits logits(3 * rows_per_block(MadeLogits::kClasses) + 1);
  std::vector<int32_t> label;
  for (int64_t i = 0; i < logits.images(); ++i)
    label.push_back(static_cast<int32_t>(i * 31 % MadeLogits::kClasses));
  std::vector<double> cross_entropy, temperature;
  std::vector<std::vector<double>> entropies;
  for (const int threads : {1, 2, 5}) {
    testing::with_threads(threads, [&] {
      const LogitSummary summary = summarise_logits("f", "logits", logits, label);
      const Calibration found =
          calibrate(logits, summary.margin, std::vector<bool>(label.size(), true));
      cross_entropy.push_back(found.cross_entropy);
      temperature.push_back(found.inverse_temperature);
      entropies.push_back(softmax_entropies(logits, 0.5));
    });
  }
  for (size_t i = 1; i < entropies.size(); ++i) {
    EXPECT_EQ(cross_entropy[i], cross_entropy[0]);
    EXPECT_EQ(temperature[i], temperature[0]);
    EXPECT_EQ(entropies[i], entropies[0]);
  }
  EXPECT_FALSE(logits.overlapped());
  std::vector<double> row(MadeLogits::kClasses);
  logits.read(logits.images() - 1, 1, row.data());
  EXPECT_NEAR(entropies[0].back(), plain_entropy(row.data(), MadeLogits::kClasses, 0.5), 1e-12);
}

TEST(Calibration, RankOfTheTrueClassWithEqualLogits) {
  LogitsInMemory logits(4, 4, {1, 3, 2, 3, /**/ 1, 3, 2, 3, /**/ 0, 0, 0, 0, /**/ 5, 1, 1, 1});
  EXPECT_EQ(summarise_logits("f", "logits", logits, {1, 3, 2, 0}).rank,
            (std::vector<double>{1, 2, 3, 1}));
}

TEST(Calibration, ALogitThatIsNotFiniteIsNamedWithItsPlace) {
  for (const double bad : {static_cast<double>(NAN), static_cast<double>(-INFINITY), 1e301}) {
    std::vector<double> values(3 * 200, 0.5);
    values[3 * 120 + 2] = bad;
    values[3 * 150] = bad;
    LogitsInMemory logits(200, 3, values);
    const std::string message = input_error(
        [&] { summarise_logits("file.npz", "logits", logits, std::vector<int32_t>(200, 0)); });
    EXPECT_EQ(message.rfind("file.npz: logits: found ", 0), 0u) << message;
    EXPECT_NE(message.find("at image 120, class 2; allowed: finite"), std::string::npos) << message;
  }
}

TEST(Calibration, WhatReadingThrowsArrives) {
  class Broken : public MadeLogits {
   public:
    using MadeLogits::MadeLogits;
    void read(int64_t first, int64_t count, double* values) override {
      if (first > 0) throw InputError("f", "logits", "damage", "none");
      MadeLogits::read(first, count, values);
    }
  };
  Broken logits(2 * rows_per_block(MadeLogits::kClasses));
  EXPECT_THROW(softmax_entropies(logits, 1), InputError);
}

}  // namespace
}  // namespace edgesweep
