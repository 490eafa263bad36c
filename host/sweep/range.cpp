#include "host/sweep/range.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "host/error.h"

namespace edgesweep {
namespace {

// 10^(j/40), j = 0..39: the first 41 decimal digits. A double needs 17; the others decide the
// rounding.
constexpr std::array<const char*, kPowerSteps> kMantissas{
    "1",
    "1.0592537251772888788092803732781086199794",
    "1.1220184543019634355910389464779057367223",
    "1.1885022274370184377301224648921772712021",
    "1.2589254117941672104239541063958006060936",
    "1.3335214321633240256759317152953310924156",
    "1.4125375446227543021556078639302409297897",
    "1.4962356560944334118802851143878871577713",
    "1.5848931924611134852021013733915070132694",
    "1.6788040181225603139719500804155830107699",
    "1.7782794100389228012254211951926848447357",
    "1.8836490894898005350008911502087496850681",
    "1.9952623149688796013524553967395355579862",
    "2.1134890398366467955603453173793280104874",
    "2.2387211385683396119549508524657423337072",
    "2.3713737056616552616517527574788898385679",
    "2.5118864315095801110850320677993273941585",
    "2.6607250597988096349913117026305600070355",
    "2.8183829312644538191019236991551107186830",
    "2.9853826189179596179132769625215725377687",
    "3.1622776601683793319988935444327185337195",
    "3.3496543915782765954877261908973733971195",
    "3.5481338923357545843321870226449062049134",
    "3.7583740428844416737771095915030739979055",
    "3.9810717055349725077025230508775204348767",
    "4.2169650342858224856901335950940637825096",
    "4.4668359215096311855625052431937661637730",
    "4.7315125896148047890327111201985926819403",
    "5.0118723362727228500155418688494576806047",
    "5.3088444423098835220046186836774826896406",
    "5.6234132519034908039495103977648123146825",
    "5.9566214352901046050979828252716554822054",
    "6.3095734448019324943436013662234386467294",
    "6.6834391756861460836257446738761346050899",
    "7.0794578438413791080221494218931270935443",
    "7.4989420933245582730218427561513643844186",
    "7.9432823472428150206591828283638793258896",
    "8.4139514164519509115274189380047643286240",
    "8.9125093813374552995310868107829696398587",
    "9.4406087628592338036438049660226718126591",
};

}  // namespace

double power_of_ten(int fortieths) {
  const int part = ((fortieths % kPowerSteps) + kPowerSteps) % kPowerSteps;
  const int whole = (fortieths - part) / kPowerSteps;
  const std::string text =
      std::string(kMantissas[static_cast<size_t>(part)]) + "e" + std::to_string(whole);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::logic_error("power of ten out of range: " + text);
  return value;
}

namespace {

constexpr int64_t kMaxDigits = 1'000'000'000'000'000'000;  // 10^18: sums of a few still fit 64 bits

/// digits * 10^exponent, exactly.
struct Decimal {
  int64_t digits = 0;
  int exponent = 0;
};

std::optional<int64_t> times_ten(int64_t digits, int times) {
  for (int i = 0; i < times && digits != 0; ++i) {
    if (std::abs(digits) > kMaxDigits / 10) return std::nullopt;
    digits *= 10;
  }
  return digits;
}

/// The shortest decimal that reads back as `value`: what the config's author wrote, up to trailing
/// zeros.
Decimal decimal_of(double value) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::scientific);
  const std::string_view text(buffer.data(),
                              static_cast<size_t>(end - buffer.data()));  // "-1.25e-03"
  const size_t mark = text.find('e');
  Decimal decimal;
  for (const char c : text.substr(mark + (text[mark + 1] == '+' ? 2 : 1))) {
    if (c != '-') decimal.exponent = 10 * decimal.exponent + (c - '0');
  }
  if (text[mark + 1] == '-') decimal.exponent = -decimal.exponent;
  bool fraction = false;
  for (const char c : text.substr(0, mark)) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    decimal.digits = 10 * decimal.digits + (c - '0');
    if (fraction) --decimal.exponent;
  }
  if (text[0] == '-') decimal.digits = -decimal.digits;
  return decimal;
}

std::optional<Decimal> decimal_of(const OrderedJson& number) {
  if (number.is_number_float()) return decimal_of(number.get<double>());
  if (number.is_number_unsigned() && number.get<uint64_t>() > static_cast<uint64_t>(kMaxDigits))
    return std::nullopt;
  const auto digits = number.get<int64_t>();
  if (digits > kMaxDigits || digits < -kMaxDigits) return std::nullopt;
  return Decimal{digits, 0};
}

/// from + i * step for i = 0..count-1, in units of 10^exponent.
struct Grid {
  int64_t from = 0;
  int64_t step = 0;
  size_t count = 0;
  int exponent = 0;
};

class GridReader {
 public:
  GridReader(const OrderedJson& range, const std::string& file, const std::string& place)
      : range_(range), file_(file), place_(place) {}

  Grid read() const {
    const std::array<const char*, 3> keys{"from", "to", "step"};
    std::array<Decimal, 3> decimals;
    int exponent = 0;  // whole numbers stay in units of 1
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto decimal = decimal_of(range_.at(keys[i]));
      if (!decimal) refuse_digits(keys[i]);
      decimals[i] = *decimal;
      if (decimal->digits != 0) exponent = std::min(exponent, decimal->exponent);
    }
    std::array<int64_t, 3> units{};
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto scaled = times_ten(decimals[i].digits, decimals[i].exponent - exponent);
      if (!scaled) refuse_digits(keys[i]);
      units[i] = *scaled;
    }
    return grid(units[0], units[1], units[2], exponent);
  }

 private:
  Grid grid(int64_t from, int64_t to, int64_t step, int exponent) const {
    const int64_t distance = to - from;
    if (step == 0 || (distance != 0 && (distance > 0) != (step > 0))) {
      const char* sign = distance < 0 ? "< 0" : "> 0";
      throw InputError(file_, place_ + "/step", describe_value(range_.at("step")),
                       "a number " + std::string(sign) + ", leading from " +
                           describe_value(range_.at("from")) + " to " +
                           describe_value(range_.at("to")));
    }
    const int64_t steps = distance / step;
    if (steps >= static_cast<int64_t>(kMaxRuns))
      throw InputError(file_, place_,
                       "a range of more than " + std::to_string(kMaxRuns) + " values",
                       "at most " + std::to_string(kMaxRuns));
    return {from, step, static_cast<size_t>(steps) + 1, exponent};
  }

  [[noreturn]] void refuse_digits(const char* key) const {
    throw InputError(
        file_, place_ + "/" + key, describe_value(range_.at(key)),
        "from, to and step that have at most 18 decimal digits between the largest and the last");
  }

  const OrderedJson& range_;
  const std::string& file_;
  const std::string& place_;
};

Json number_of(int64_t digits, int exponent) {
  if (exponent == 0 || digits == 0) return digits;
  if (const auto scale = times_ten(1, -exponent); scale && digits % *scale == 0)
    return digits / *scale;
  const std::string text = std::to_string(digits) + "e" + std::to_string(exponent);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range)
    return 0;  // below the smallest double; ranges of settings decide
  return value;
}

std::vector<Json> powers(const OrderedJson& range, const std::string& file,
                         const std::string& place) {
  const Grid exponents = GridReader(range, file, place).read();
  const auto scale = times_ten(1, -exponents.exponent);
  std::vector<Json> values;
  for (size_t i = 0; i < exponents.count; ++i) {
    const int64_t units = exponents.from + static_cast<int64_t>(i) * exponents.step;
    // |exponent| <= 300, so whole and fraction apart keep the product below within 64 bits.
    const int64_t whole = scale ? units / *scale : 0;
    const int64_t fraction = scale ? units % *scale : units;
    if (!scale || std::abs(fraction) > kMaxDigits / kPowerSteps * 9 ||
        fraction * kPowerSteps % *scale != 0)
      throw InputError(file, place,
                       "the exponent " + canonical_text(number_of(units, exponents.exponent)),
                       "multiples of 1/40 (0.025)");
    const double value =
        power_of_ten(static_cast<int>(whole * kPowerSteps + fraction * kPowerSteps / *scale));
    const bool integer = value >= 1 && value <= 9007199254740992.0 && std::trunc(value) == value;
    values.push_back(integer ? Json(static_cast<int64_t>(value)) : Json(value));
  }
  return values;
}

}  // namespace

std::vector<Json> expand_range(const OrderedJson& range, const std::string& file,
                               const std::string& place) {
  if (range.contains("log10")) return powers(range.at("log10"), file, place + "/log10");
  const Grid grid = GridReader(range, file, place).read();
  std::vector<Json> values;
  values.reserve(grid.count);
  for (size_t i = 0; i < grid.count; ++i)
    values.push_back(number_of(grid.from + static_cast<int64_t>(i) * grid.step, grid.exponent));
  return values;
}

}  // namespace edgesweep
