#pragma once
#include <string>
#include <vector>

namespace edgesweep {

/// How the losses of one table are written: all to the same place, so that they can be compared
/// down a column, with six significant digits of the largest. Costs may be of any size: of a loss
/// of 1e-6 six decimals would leave one digit.
class LossFormat {
 public:
  /// Values that are not finite are passed over. Without any other, six decimals.
  explicit LossFormat(const std::vector<double>& losses);

  std::string text(double value) const;
  /// With its sign.
  std::string signed_text(double value) const;

 private:
  std::string number(double value, bool with_sign) const;

  int decimals_ = 6;
  int exponent_ = 0;  ///< of ten, written behind every number where it is not 0
};

}  // namespace edgesweep
