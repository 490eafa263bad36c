// The preparation of a dataset: own exponential and logarithm, vectors over classes, moments.
#include "host/data/calibration.h"
#include "host/data/metric_fit.h"
#include "host/data/portable_math.h"
#include "host/data/softmax_row.h"
#include "kernels/random.cuh"
#include "tests/arm64/digest.h"

namespace edgesweep::testing {
namespace {

double uniform_number(uint32_t stream, uint32_t place) {
  return static_cast<double>(philox(13, place, stream, 0, Purpose::test).word[0]) * 0x1p-32;
}

std::vector<double> random_logits(int64_t count) {
  std::vector<double> logits;
  for (int64_t i = 0; i < count; ++i)
    logits.push_back(20 * uniform_number(0, static_cast<uint32_t>(i)) - 10);
  return logits;
}

/// Sums over the classes as softmax_row.h says, class by class.
Digest entropy_plainly(const std::vector<double>& logits, double inverse_temperature) {
  const auto classes = static_cast<int64_t>(logits.size());
  const double greatest = greatest_of(logits.data(), classes);
  double weights[8] = {}, products[8] = {};
  for (int64_t c = 0; c < classes; ++c) {
    const double exponent = inverse_temperature * (logits[static_cast<size_t>(c)] - greatest);
    weights[c % 8] += portable_exp(exponent);
    products[c % 8] += portable_exp(exponent) * exponent;
  }
  const auto sum = [](const double* chain) {
    return ((chain[0] + chain[4]) + (chain[2] + chain[6])) +
           ((chain[1] + chain[5]) + (chain[3] + chain[7]));
  };
  Digest digest;
  digest.add(portable_log(sum(weights)) - sum(products) / sum(weights));
  return digest;
}

Digest entropy_with_vectors(const std::vector<double>& logits, double inverse_temperature) {
  Digest digest;
  digest.add(
      softmax_entropy(logits.data(), static_cast<int64_t>(logits.size()), inverse_temperature));
  return digest;
}

Digest prepared_dataset(int64_t images, int64_t classes) {
  LogitsInMemory logits(images, classes, random_logits(images * classes));
  std::vector<int32_t> label;
  std::vector<double> reward;
  for (int64_t i = 0; i < images; ++i) {
    const double uniform = uniform_number(1, static_cast<uint32_t>(i));
    label.push_back(static_cast<int32_t>(uniform * static_cast<double>(classes)));
    reward.push_back(uniform < 0.3 ? 1 : 0);
  }
  const LogitSummary summary = summarise_logits("", "", logits, label);
  const Calibration calibration =
      calibrate(logits, summary.margin, std::vector<bool>(label.size(), true));
  const std::vector<double> entropy = softmax_entropies(logits, 0.3);
  const MetricFit fit = fit_metric(entropy, reward);
  Digest digest;
  digest.add(summary.rank);
  digest.add(calibration.inverse_temperature);
  digest.add(calibration.cross_entropy);
  digest.add(entropy);
  digest.add(fit.reward);
  for (const double error : fit.errors) digest.add(error);
  for (const double at : entropy) digest.add(fit.metric(at));
  return digest;
}

}  // namespace

void digest_prepare(Report& report) {
  for (const int64_t classes : {2, 8, 11, 1000}) {
    const std::vector<double> logits = random_logits(classes);
    report.compare(
        "entropy_" + std::to_string(classes), [&] { return entropy_plainly(logits, 0.7); },
        [&] { return entropy_with_vectors(logits, 0.7); });
  }
  // Of a whole preparation there is no plain version to the bit; instruction sets must agree with
  // one another and with the other processor.
  const Digest first = prepared_dataset(1001, 13);
  report.compare(
      "dataset", [&] { return first; }, [] { return prepared_dataset(1001, 13); });
}

}  // namespace edgesweep::testing
