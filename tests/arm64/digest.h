#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace edgesweep::testing {

/// FNV-1a of the bits of numbers: equal for equal results, whatever computed them. Every NaN counts
/// as the same, as in the digest of a results file: processors choose its sign.
class Digest {
 public:
  template <typename Number>
  void add(Number number) {
    static_assert(std::is_arithmetic_v<Number>);  // the padding of a struct has no value
    if constexpr (std::is_floating_point_v<Number>)
      if (std::isnan(number)) number = std::numeric_limits<Number>::quiet_NaN();
    const auto* bytes = reinterpret_cast<const unsigned char*>(&number);
    for (size_t i = 0; i < sizeof(number); ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3;
  }
  template <typename Number>
  void add(const std::vector<Number>& numbers) {
    add(static_cast<uint64_t>(numbers.size()));
    for (const Number number : numbers) add(number);
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

/// Says for every case whether all instruction sets of this processor agree with the plain version,
/// and prints its digest for a comparison with other processors.
class Report {
 public:
  /// `plain` and `vectors` compute the same case and return its digest.
  template <typename Plain, typename Vectors>
  void compare(const std::string& name, const Plain& plain, const Vectors& vectors) {
    const uint64_t expected = plain().value();
    print(name, expected);
    for (const std::string& set : sets_) {
      use(set);
      const uint64_t actual = vectors().value();
      if (actual != expected) differs(name, set, actual);
    }
    use("");
  }
  bool all_equal() const { return all_equal_; }

 private:
  static void use(const std::string& instruction_set);
  static void print(const std::string& name, uint64_t digest);
  void differs(const std::string& name, const std::string& set, uint64_t digest);

  const std::vector<std::string> sets_ = names();
  static std::vector<std::string> names();
  bool all_equal_ = true;
};

// The groups of cases, one test each.
void digest_training(Report& report);
void digest_windows(Report& report);
void digest_decisions(Report& report);
void digest_simulation(Report& report);
void digest_runs(Report& report);
void digest_prepare(Report& report);

}  // namespace edgesweep::testing
