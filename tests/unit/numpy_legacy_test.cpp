// Draws of numpy.random.RandomState, as NumPy 1.24 and 2.4 gave them (tests/data/numpy_legacy.py).
#include "host/data/numpy_legacy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "host/config/config_file.h"
#include "host/sha256.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

OrderedJson numpy_streams() {
  return read_json_file(testing::source_dir() + "/tests/data/numpy_legacy.json").at("streams");
}

template <typename T>
void expect_values(const std::vector<T>& values, const OrderedJson& draw) {
  const auto first = draw.at("first").get<std::vector<T>>();
  const auto last = draw.at("last").get<std::vector<T>>();
  EXPECT_TRUE(std::equal(first.begin(), first.end(), values.begin())) << draw;
  EXPECT_TRUE(std::equal(last.rbegin(), last.rend(), values.rbegin())) << draw;
  EXPECT_EQ(sha256_hex(values.data(), values.size() * sizeof(T)),
            draw.at("sha256").get<std::string>())
      << draw;
}

/// In two calls: the same as one.
std::vector<int64_t> integers(NumpyLegacy& random, int32_t largest, size_t count) {
  std::vector<int32_t> values(count);
  random.integers(largest, values.data(), 1);
  random.integers(largest, values.data() + 1, count - 1);
  return {values.begin(), values.end()};
}

TEST(NumpyLegacy, EveryDrawOfAStreamIsNumPys) {
  for (const OrderedJson& stream : numpy_streams()) {
    NumpyLegacy random(7);
    random.uniform();
    random.seed(stream.at("seed").get<uint32_t>());  // forgets what was before
    for (const OrderedJson& draw : stream.at("draws")) {
      const auto count = draw.at("count").get<size_t>();
      const OrderedJson& argument = draw.at("argument");
      if (draw.at("draw") == "randint") {
        expect_values(integers(random, argument.get<int32_t>() - 1, count), draw);
      } else if (draw.at("draw") == "geometric") {
        std::vector<int64_t> values(count);
        random.geometric(argument.get<double>(), values.data(), count);
        expect_values(values, draw);
      } else {
        std::vector<double> values(count);
        for (double& value : values) value = random.uniform();
        expect_values(values, draw);
      }
    }
  }
}

/// Each limit is a value that is drawn, or the double next to it: both sides of "at most".
TEST(NumpyLegacy, ComparesUniformsWithALimitExactly) {
  constexpr size_t kCount = 5000;
  for (const size_t words_before : {0, 1, 2, 623}) {
    NumpyLegacy plain(3);
    std::vector<int32_t> before(words_before);
    plain.integers(1, before.data(), words_before);  // a word each
    const NumpyLegacy start = plain;
    std::vector<double> uniforms(kCount);
    for (double& value : uniforms) value = plain.uniform();
    const double after = plain.uniform();
    for (const double limit :
         {0.0, 1.0, 0.316, uniforms[17], std::nextafter(uniforms[17], 0.0), uniforms.back()}) {
      NumpyLegacy random = start;
      std::vector<uint8_t> found(kCount), expected(kCount);
      random.uniforms_at_most(limit, found.data(), 11);
      random.uniforms_at_most(limit, found.data() + 11, kCount - 11);
      std::transform(uniforms.begin(), uniforms.end(), expected.begin(),
                     [&](double value) { return value <= limit; });
      EXPECT_EQ(found, expected) << limit;
      EXPECT_EQ(random.uniform(), after);
    }
  }
}

}  // namespace
}  // namespace edgesweep
