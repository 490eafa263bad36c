#include "host/config/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxKeys = 200;
constexpr size_t kMaxTextInMessage = 60;

/// The value of a JSON number (1e18, 9007199254740993.0) as its digits say; nothing if it is not
/// whole or needs more than 64 bits.
std::optional<int64_t> whole_number(const std::string& text) {
  const size_t end = std::min(text.find_first_of("eE"), text.size());
  int64_t power = 0;  // of ten, that the digits are multiplied with
  if (end < text.size()) {
    const size_t start = end + (text[end + 1] == '+' ? 2 : 1);
    const auto read = std::from_chars(text.data() + start, text.data() + text.size(), power);
    if (read.ec != std::errc() || std::abs(power) > 1'000'000) return std::nullopt;
  }
  std::string digits = text.substr(0, end);
  if (const size_t point = digits.find('.'); point != std::string::npos) {
    power -= static_cast<int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  for (; power < 0 && digits.size() > 1 && digits.back() == '0'; ++power) digits.pop_back();
  if (power < 0 || power > 18) return std::nullopt;
  digits.append(static_cast<size_t>(power), '0');
  int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Builds the document from parser events. nlohmann's own builder keeps the last of two equal keys
/// silently and has no limits.
class DocumentBuilder : public nlohmann::json_sax<OrderedJson> {
 public:
  DocumentBuilder(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  OrderedJson take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    if (const std::optional<int64_t> whole = whole_number(text)) return add(*whole);
    constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
    if (std::abs(value) < kExactIntegers && std::trunc(value) == value)
      return add(static_cast<int64_t>(value));
    return add(value);
  }
  bool string(string_t& value) override {
    // Paths and the texts of a results file would end there.
    if (value.find('\0') != std::string::npos)
      throw InputError(file_, value_pointer(), "the character \\u0000 in a text",
                       "texts without it");
    return add(std::move(value));
  }
  bool binary(binary_t& /*value*/) override { return false; }  // never met in text

  bool start_object(size_t /*count*/) override { return open(OrderedJson::object()); }
  bool end_object() override { return close(); }
  bool start_array(size_t /*count*/) override { return open(OrderedJson::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    auto& members = level.container->get_ref<OrderedJson::object_t&>();
    if (!members.emplace(name, nullptr).second)
      throw InputError(file_, pointer(), "the key \"" + shortened(name) + "\" twice",
                       "each key once");
    if (members.size() > kMaxKeys)
      throw InputError(file_, pointer(),
                       "an object of more than " + std::to_string(kMaxKeys) + " keys",
                       "at most " + std::to_string(kMaxKeys) + " keys");
    level.key = name;
    return true;
  }

  bool parse_error(size_t position, const std::string& /*last_token*/,
                   const nlohmann::json::exception& error) override {
    fail(position, error.what());
  }

 private:
  struct Level {
    OrderedJson* container;  // stays put: only the innermost container grows
    std::string key;         // of the member being read
  };

  /// Stores a value where the parser stands and returns its place.
  OrderedJson& place(OrderedJson value) {
    if (levels_.empty()) return root_ = std::move(value);
    OrderedJson& container = *levels_.back().container;
    if (container.is_array()) {
      container.push_back(std::move(value));
      return container.back();
    }
    // key() has just appended the member.
    OrderedJson& member = container.get_ref<OrderedJson::object_t&>().back().second;
    return member = std::move(value);
  }

  bool add(OrderedJson value) {
    place(std::move(value));
    return true;
  }

  bool open(OrderedJson container) {
    if (levels_.size() == kMaxDepth)
      throw InputError(file_, pointer(),
                       "lists and objects nested more than " + std::to_string(kMaxDepth) + " deep",
                       "at most " + std::to_string(kMaxDepth) + " levels");
    OrderedJson& placed = place(std::move(container));
    levels_.push_back({&placed, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  /// Of the innermost open container.
  std::string pointer() const {
    std::string path;
    for (size_t i = 0; i + 1 < levels_.size(); ++i) {
      const Level& level = levels_[i];
      path = child_pointer(path, level.container->is_array()
                                     ? std::to_string(level.container->size() - 1)
                                     : level.key);
    }
    return path.empty() ? "/" : path;
  }

  /// Of the value that comes next.
  std::string value_pointer() const {
    if (levels_.empty()) return "/";
    const Level& level = levels_.back();
    return child_pointer(pointer(), level.container->is_array()
                                        ? std::to_string(level.container->size())
                                        : level.key);
  }

  /// Library text is "[...] parse error at ...: syntax error while parsing X - unexpected Y;
  /// expected Z".
  [[noreturn]] void fail(size_t position, const std::string& what) const {
    const size_t end = std::min(position == 0 ? 0 : position - 1, text_.size());
    const std::string_view before = text_.substr(0, end);
    const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
    const size_t newline = before.rfind('\n');
    const size_t column = newline == std::string_view::npos ? end + 1 : end - newline;

    std::string found = what.substr(what.find("] ") == std::string::npos ? 0 : what.find("] ") + 2);
    if (const size_t dash = found.find(" - "); dash != std::string::npos)
      found = found.substr(dash + 3);
    std::string allowed = "valid JSON";
    const std::string separator = "; expected ";
    if (const size_t expected = found.rfind(separator); expected != std::string::npos) {
      allowed = found.substr(expected + separator.size());
      found = found.substr(0, expected);
    }
    throw InputError(file_, "line " + std::to_string(line) + ", column " + std::to_string(column),
                     shortened(found), shortened(allowed));
  }

  std::string_view text_;
  const std::string& file_;
  OrderedJson root_;
  std::vector<Level> levels_;
};

}  // namespace

OrderedJson parse_json(std::string_view text, const std::string& file) {
  // The library's words for it differ from version to version.
  if (text.empty())
    throw InputError(file, "line 1, column 1", "unexpected end of input", "valid JSON");
  DocumentBuilder builder(text, file);
  if (!OrderedJson::sax_parse(text.begin(), text.end(), &builder))
    throw InputError(file, "", "text that is not JSON", "valid JSON");
  return builder.take();
}

std::string canonical_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string shortened(const std::string& text) {
  std::string clean;
  for (const char c : text) {
    const bool starts_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (starts_character && clean.size() >= kMaxTextInMessage) return clean + "...";
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    clean += control ? '?' : c;
  }
  return clean;
}

std::string child_pointer(const std::string& pointer, const std::string& key) {
  std::string escaped;
  for (const char c : shortened(key)) {
    if (c == '~')
      escaped += "~0";
    else if (c == '/')
      escaped += "~1";
    else
      escaped += c;
  }
  return (pointer == "/" ? "" : pointer) + "/" + escaped;
}

std::string describe_value(const OrderedJson& value) {
  if (value.is_object()) return "an object";
  if (value.is_array())
    return "a list of " + std::to_string(value.size()) + (value.size() == 1 ? " value" : " values");
  return shortened(value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

}  // namespace edgesweep
