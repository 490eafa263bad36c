// Ranges of axes: exact decimals, and powers of ten without pow.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "host/sweep/range.h"
#include "tests/support/config_files.h"

namespace edgesweep {
namespace {

std::string range_text(const std::string& from, const std::string& to, const std::string& step) {
  return R"({"from": )" + from + R"(, "to": )" + to + R"(, "step": )" + step + "}";
}

std::vector<Json> expanded(const std::string& text) {
  return expand_range(parse_json(text, "f.json"), "f.json", "/sweep/x");
}

std::vector<double> values(const std::string& from, const std::string& to,
                           const std::string& step) {
  std::vector<double> numbers;
  for (const Json& value : expanded(range_text(from, to, step)))
    numbers.push_back(value.get<double>());
  return numbers;
}

std::vector<double> powers(const std::string& from, const std::string& to,
                           const std::string& step) {
  std::vector<double> numbers;
  for (const Json& value : expanded(R"({"log10": )" + range_text(from, to, step) + "}"))
    numbers.push_back(value.get<double>());
  return numbers;
}

std::string refusal(const std::string& text) {
  return testing::input_error([&] { expanded(text); });
}

TEST(Range, HasTheDoublesNearestToItsDecimals) {
  // Adding 0.1 again and again, or 3 * 0.1, would miss 0.3.
  EXPECT_EQ(values("0", "1", "0.1"),
            (std::vector<double>{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}));
  EXPECT_EQ(values("-0.3", "0.3", "0.1"),
            (std::vector<double>{-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3}));
  EXPECT_EQ(values("0.05", "0.5", "0.05"),
            (std::vector<double>{0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5}));
  EXPECT_EQ(values("1e-5", "3e-5", "1e-5"), (std::vector<double>{1e-5, 2e-5, 3e-5}));
}

TEST(Range, IncludesTheEndIfAStepLandsOnIt) {
  EXPECT_EQ(values("1", "5", "2"), (std::vector<double>{1, 3, 5}));
  EXPECT_EQ(values("1", "6", "2"), (std::vector<double>{1, 3, 5}));
  EXPECT_EQ(values("5", "1", "-2"), (std::vector<double>{5, 3, 1}));
  EXPECT_EQ(values("0.7", "0.7", "0.1"), (std::vector<double>{0.7}));
  EXPECT_EQ(values("0.7", "0.7", "-0.1"), (std::vector<double>{0.7}));
}

TEST(Range, WholeValuesAreIntegers) {
  for (const Json& value : expanded(range_text("1", "20", "1")))
    EXPECT_TRUE(value.is_number_integer());
  const auto halves = expanded(range_text("1", "2", "0.5"));
  EXPECT_EQ(canonical_text(Json(halves)), "[1,1.5,2]");
  // Beyond 2^53 too.
  const auto seeds = expanded(range_text("900000000000000001", "900000000000000003", "1"));
  EXPECT_EQ(canonical_text(Json(seeds)),
            "[900000000000000001,900000000000000002,900000000000000003]");
}

TEST(Range, LogTenGivesThePowersThatText) {
  EXPECT_EQ(powers("-3", "0", "1"), (std::vector<double>{1e-3, 1e-2, 1e-1, 1}));
  EXPECT_EQ(powers("2", "0", "-1"), (std::vector<double>{100, 10, 1}));
  EXPECT_EQ(powers("-300", "300", "600"), (std::vector<double>{1e-300, 1e300}));
  EXPECT_EQ(canonical_text(Json(expanded(R"({"log10": {"from": 0, "to": 2, "step": 1}})"))),
            "[1,10,100]");
}

TEST(Range, LogTenHalvesAreTheNearestDoubles) {
  // 10^(k + 1/2) from 33 decimal digits of the root of ten.
  EXPECT_EQ(powers("-3", "0", "0.5"),
            (std::vector<double>{1e-3, 3.16227766016837933199889354443272e-3, 1e-2,
                                 3.16227766016837933199889354443272e-2, 1e-1,
                                 3.16227766016837933199889354443272e-1, 1}));
}

TEST(PowersOfTen, AreWithinHalfAUnitOfTheTrueValue) {
  // The fortieth power by squaring in extended precision has a relative error below 40 * 2^-64 plus
  // 40 times that of the double, 2^-53: together below 41 * 2^-53.
  for (int fortieths = -4000; fortieths <= 4000; fortieths += 7) {
    const long double value = power_of_ten(fortieths);
    long double fifth = value * value * value * value * value;
    long double power = fifth * fifth;
    power *= power;
    power *= power;
    long double expected = 1;
    for (int i = 0; i < std::abs(fortieths); ++i)
      expected = fortieths > 0 ? expected * 10 : expected / 10;
    const long double allowed = 41.0L / 9007199254740992.0L + 4000 / 18446744073709551616.0L;
    EXPECT_LE(std::abs(power / expected - 1), allowed) << fortieths;
  }
}

TEST(RangeMessages, StepsMustLeadToTheEnd) {
  EXPECT_EQ(refusal(range_text("1", "20", "0")),
            "f.json: /sweep/x/step: found 0; allowed: a number > 0, leading from 1 to 20");
  EXPECT_EQ(refusal(range_text("1", "20", "-1")),
            "f.json: /sweep/x/step: found -1; allowed: a number > 0, leading from 1 to 20");
  EXPECT_EQ(refusal(range_text("0.5", "0.1", "0.1")),
            "f.json: /sweep/x/step: found 0.1; allowed: a number < 0, leading from 0.5 to 0.1");
  EXPECT_EQ(refusal(R"({"log10": {"from": 0, "to": 1, "step": -0.5}})"),
            "f.json: /sweep/x/log10/step: found -0.5; allowed: a number > 0, leading from 0 to 1");
}

TEST(RangeMessages, AtMostAHundredThousandValues) {
  EXPECT_EQ(expanded(range_text("1", "100000", "1")).size(), 100000U);
  EXPECT_EQ(refusal(range_text("0", "100000", "1")),
            "f.json: /sweep/x: found a range of more than 100000 values; allowed: at most 100000");
  EXPECT_EQ(refusal(range_text("0", "1", "1e-17")),
            "f.json: /sweep/x: found a range of more than 100000 values; allowed: at most 100000");
}

TEST(RangeMessages, NumbersMustShareEighteenDigits) {
  for (const std::string& text :
       {range_text("0", "1e300", "1e299"), range_text("1e-300", "1", "0.5"),
        range_text("1000000000000", "1000000000001", "1e-8"),
        range_text("0", "18446744073709551615", "18446744073709551615")})
    EXPECT_NE(refusal(text).find("allowed: from, to and step that have at most 18 decimal digits"),
              std::string::npos)
        << text << refusal(text);
}

TEST(RangeMessages, ExponentsAreFortieths) {
  EXPECT_EQ(refusal(R"({"log10": {"from": 0, "to": 1, "step": 0.33}})"),
            "f.json: /sweep/x/log10: found the exponent 0.33; allowed: multiples of 1/40 (0.025)");
  EXPECT_NE(refusal(R"({"log10": {"from": 0.12345678901234567, "to": 1, "step": 0.5}})")
                .find("found the exponent 0.123"),
            std::string::npos);
}

}  // namespace
}  // namespace edgesweep
