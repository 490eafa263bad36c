#include "host/data/npy.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "host/error.h"
#include "host/input_file.h"

namespace edgesweep {
namespace {

constexpr uint64_t kMaxHeaderBytes = uint64_t{64} << 10;
constexpr size_t kMaxRank = 32;  // NumPy's own limit
constexpr char kMagic[] = "\x93NUMPY";
constexpr const char* kAllowedTypes =
    "real numbers: float16, float32, float64, integers or booleans (dtypes f2, f4, f8, i1..i8, "
    "u1..u8, b1)";

/// Reads the Python literal {'descr': '<f8', 'fortran_order': False, 'shape': (3,), }, and nothing
/// beyond what such a header can hold.
class HeaderParser {
 public:
  HeaderParser(const std::string& file, const std::string& name, std::string_view text)
      : file_(file), name_(name), text_(text) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        header_.type = type();
        ++keys_seen_[0];
      } else if (key == "fortran_order") {
        header_.column_major = boolean();
        ++keys_seen_[1];
      } else if (key == "shape") {
        header_.shape = shape();
        ++keys_seen_[2];
      } else {
        refuse(fmt::format("the key {}", printable(key)));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (position_ != text_.size()) refuse("text behind the header");
    for (const int seen : keys_seen_) {
      if (seen != 1) refuse("a header without one each of descr, fortran_order and shape");
    }
    return header_;
  }

 private:
  [[noreturn]] void refuse(const std::string& found) const {
    throw InputError(file_, name_, found, "a .npy header as NumPy writes it");
  }

  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }

  bool accept(char wanted) {
    skip_space();
    if (position_ >= text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) refuse(fmt::format("no '{}' at byte {} of the header", wanted, position_));
  }

  bool accept_word(std::string_view word) {
    skip_space();
    if (text_.substr(position_, word.size()) != word) return false;
    position_ += word.size();
    return true;
  }

  std::string quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const size_t end = text_.find(quote, position_);
    if (end == std::string_view::npos) refuse("a string without an end");
    std::string content(text_.substr(position_, end - position_));
    position_ = end + 1;
    return content;
  }

  bool boolean() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    refuse("a fortran_order that is neither True nor False");
  }

  std::vector<uint64_t> shape() {
    std::vector<uint64_t> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(number());
      if (extents.size() > kMaxRank) refuse("more than 32 dimensions");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return extents;
  }

  uint64_t number() {
    skip_space();
    const size_t start = position_;
    uint64_t value = 0;
    while (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9') {
      const uint64_t digit = static_cast<uint64_t>(text_[position_++] - '0');
      if (value > (UINT64_MAX - digit) / 10) refuse("an extent beyond 64 bits");
      value = value * 10 + digit;
    }
    if (position_ == start) refuse("a shape that is not a list of whole numbers");
    if (position_ < text_.size() && text_[position_] == 'L') ++position_;  // as Python 2 wrote them
    return value;
  }

  NpyType type() {
    skip_space();
    if (position_ < text_.size() && text_[position_] == '[') {
      throw InputError(file_, name_, "records (a structured dtype)", kAllowedTypes);
    }
    const std::string text = quoted();
    const bool ordered =
        !text.empty() && (text[0] == '<' || text[0] == '>' || text[0] == '|' || text[0] == '=');
    const std::string code = ordered ? text.substr(1) : text;
    if (!code.empty() && code[0] == 'O') {
      throw InputError(file_, name_, "pickled Python objects (dtype object), which are never read",
                       kAllowedTypes);
    }
    for (const char* known :
         {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}) {
      if (code == known) return {code[0], code[1] - '0', text[0] == '>'};
    }
    throw InputError(file_, name_, fmt::format("dtype {}", printable(text)), kAllowedTypes);
  }

  const std::string& file_;
  const std::string& name_;
  std::string_view text_;
  size_t position_ = 0;
  int keys_seen_[3] = {0, 0, 0};
  NpyHeader header_;
};

uint64_t little_endian(const unsigned char* bytes, int count) {
  uint64_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

/// Bytes of the length field: 2 in version 1.0, 4 since.
int length_bytes(const std::vector<unsigned char>& preamble) { return preamble[6] == 1 ? 2 : 4; }

uint64_t stored_bits(const NpyType& type, const unsigned char* stored) {
  if (!type.big_endian) return little_endian(stored, type.bytes);
  uint64_t bits = 0;
  for (int i = 0; i < type.bytes; ++i) bits = bits << 8 | stored[i];
  return bits;
}

/// IEEE half precision: 1 bit sign, 5 exponent, 10 mantissa.
double half_from_bits(uint64_t bits) {
  const auto exponent = static_cast<int>(bits >> 10 & 31);
  const auto mantissa = static_cast<double>(bits & 1023);
  double magnitude =
      std::ldexp(exponent == 0 ? mantissa : mantissa + 1024, (exponent == 0 ? 1 : exponent) - 25);
  if (exponent == 31)
    magnitude = mantissa == 0 ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
  return (bits >> 15 & 1) != 0 ? -magnitude : magnitude;
}

double number_from_bits(const NpyType& type, uint64_t bits) {
  switch (type.kind) {
    case 'f':
      if (type.bytes == 2) return half_from_bits(bits);
      if (type.bytes == 4) return std::bit_cast<float>(static_cast<uint32_t>(bits));
      return std::bit_cast<double>(bits);
    case 'i': {
      const int unused = 64 - 8 * type.bytes;
      return static_cast<double>(static_cast<int64_t>(bits << unused) >> unused);
    }
    case 'b':
      return bits != 0 ? 1.0 : 0.0;
    default:
      return static_cast<double>(bits);
  }
}

}  // namespace

uint64_t npy_header_bytes(const std::string& file, const std::string& name,
                          const std::vector<unsigned char>& preamble) {
  if (preamble.size() < kNpyPreambleBytes || std::memcmp(preamble.data(), kMagic, 6) != 0) {
    throw InputError(file, name, "bytes without the .npy signature", "a .npy array");
  }
  if (preamble[6] < 1 || preamble[6] > 3 || preamble[7] != 0) {
    throw InputError(file, name, fmt::format(".npy version {}.{}", preamble[6], preamble[7]),
                     ".npy version 1.0, 2.0 or 3.0");
  }
  const uint64_t length = little_endian(preamble.data() + 8, length_bytes(preamble));
  if (length > kMaxHeaderBytes) {
    throw InputError(file, name, fmt::format("a .npy header of {} bytes", length),
                     fmt::format("at most {} bytes", kMaxHeaderBytes));
  }
  return 8 + static_cast<uint64_t>(length_bytes(preamble)) + length;
}

NpyHeader parse_npy_header(const std::string& file, const std::string& name,
                           const std::vector<unsigned char>& header) {
  const size_t start = 8 + static_cast<size_t>(length_bytes(header));
  const std::string_view text(reinterpret_cast<const char*>(header.data()) + start,
                              header.size() - start);
  NpyHeader parsed = HeaderParser(file, name, text).parse();
  parsed.data_offset = header.size();
  return parsed;
}

void npy_to_double(const NpyType& type, const unsigned char* stored, uint64_t count,
                   double* values) {
  for (uint64_t i = 0; i < count; ++i) {
    values[i] =
        number_from_bits(type, stored_bits(type, stored + i * static_cast<uint64_t>(type.bytes)));
  }
}

}  // namespace edgesweep
