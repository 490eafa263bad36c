#include "host/config/run_config.h"

#include <algorithm>
#include <stdexcept>

namespace edgesweep {
namespace {

/// `"key":value` for each member of an object, exactly as written; nothing for any other text.
std::vector<std::string_view> members_of(std::string_view json) {
  std::vector<std::string_view> members;
  if (json.size() < 2 || json.front() != '{' || json.back() != '}') return members;
  size_t start = 1;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 1; i + 1 < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',' && depth == 0) {
      members.push_back(json.substr(start, i - start));
      start = i + 1;
    }
  }
  members.push_back(json.substr(start, json.size() - 1 - start));
  for (const std::string_view member : members)
    if (member.empty() || member.front() != '"') return {};
  return members;
}

/// Columns up to the next whose name begins with another word: "dqn_width" and "dqn_layers" change
/// together more often than "seed" does with them.
size_t end_of_block(const SettingColumns& columns, size_t start) {
  const auto word = [](const std::string& name) {
    return std::string_view(name).substr(0, name.find('_'));
  };
  size_t end = start;
  while (end < columns.size() && word(columns[end].first) == word(columns[start].first)) ++end;
  return end;
}

/// Calls visit(name, value) until it returns true.
template <typename Visit>
bool visit_block(const ConfigTexts::Block& block, const Visit& visit) {
  size_t start = 0;
  for (const std::string& name : *block.names) {
    const size_t end = block.values.find('\0', start);
    if (visit(name, std::string_view(block.values).substr(start, end - start))) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::shared_ptr<ConfigTexts> ConfigTexts::create() {
  return std::shared_ptr<ConfigTexts>(new ConfigTexts);
}

uint32_t ConfigTexts::add_piece(std::string_view piece) {
  if (const auto known = number_of_piece_.find(piece); known != number_of_piece_.end())
    return known->second;
  const auto number = static_cast<uint32_t>(pieces_.size());
  pieces_.emplace_back(piece);
  number_of_piece_.emplace(pieces_.back(), number);
  return number;
}

std::shared_ptr<const std::vector<std::string>> ConfigTexts::shared_names(
    const SettingColumns& columns) {
  std::vector<std::string> names;
  for (const auto& [name, value] : columns) names.push_back(name);
  auto& shared = names_[names];
  if (!shared) shared = std::make_shared<const std::vector<std::string>>(std::move(names));
  return shared;
}

uint32_t ConfigTexts::add_block(const SettingColumns& columns) {
  Block block{shared_names(columns), {}};
  for (const auto& [name, value] : columns) {
    if (value.find('\0') != std::string::npos)
      throw std::invalid_argument("the value of " + name + " holds NUL");
    block.values.append(value).push_back('\0');
  }
  const auto known = number_of_block_.find({block.names.get(), block.values});
  if (known != number_of_block_.end()) return known->second;
  const auto number = static_cast<uint32_t>(blocks_.size());
  blocks_.push_back(std::move(block));
  const Block& added = blocks_.back();
  number_of_block_.emplace(std::pair(added.names.get(), std::string_view(added.values)), number);
  return number;
}

std::string_view ConfigTexts::key(uint32_t piece) const {
  const std::string& text = pieces_[piece];
  if (text.empty() || text.front() != '"') return {};
  const size_t end = text.find('"', 1);
  return end == std::string::npos ? std::string_view() : std::string_view(text).substr(1, end - 1);
}

std::string_view ConfigTexts::value(uint32_t piece) const {
  const std::string& text = pieces_[piece];
  const size_t colon = text.find(':', key(piece).size() + 2);
  return colon == std::string::npos ? std::string_view() : std::string_view(text).substr(colon + 1);
}

RunConfig ConfigTexts::add(std::string_view json, const SettingColumns& columns) {
  ConfigNumbers numbers;
  for (const std::string_view member : members_of(json))
    numbers.pieces.push_back(add_piece(member));
  const bool is_object = !numbers.pieces.empty();
  if (!is_object && !json.empty()) numbers.pieces.push_back(add_piece(json));
  for (size_t start = 0; start < columns.size();) {
    const size_t end = end_of_block(columns, start);
    numbers.blocks.push_back(add_block({columns.begin() + static_cast<std::ptrdiff_t>(start),
                                        columns.begin() + static_cast<std::ptrdiff_t>(end)}));
    start = end;
  }
  RunConfig config = make(numbers);
  config.is_object_ = is_object;
  return config;
}

RunConfig ConfigTexts::make(const ConfigNumbers& numbers) const {
  RunConfig config;
  config.texts_ = shared_from_this();
  config.numbers_.reserve(numbers.pieces.size() + numbers.blocks.size());
  config.numbers_.insert(config.numbers_.end(), numbers.pieces.begin(), numbers.pieces.end());
  config.numbers_.insert(config.numbers_.end(), numbers.blocks.begin(), numbers.blocks.end());
  config.piece_count_ = static_cast<uint32_t>(numbers.pieces.size());
  config.is_object_ = true;
  return config;
}

RunConfig::RunConfig(std::string_view json, const SettingColumns& columns)
    : RunConfig(ConfigTexts::create()->add(json, columns)) {}

std::string RunConfig::json() const {
  if (piece_count_ == 0) return "";
  if (!is_object_) return texts_->piece(piece(0));
  std::string text;
  text.reserve(json_size());
  for (size_t i = 0; i < piece_count_; ++i)
    text.append(1, i == 0 ? '{' : ',').append(texts_->piece(piece(i)));
  text += '}';
  return text;
}

size_t RunConfig::json_size() const {
  size_t size = is_object_ ? 1 : 0;
  for (size_t i = 0; i < piece_count_; ++i) size += texts_->piece(piece(i)).size() + is_object_;
  return size;
}

SettingColumns ConfigTexts::columns(uint32_t block) const {
  SettingColumns columns;
  visit_block(blocks_[block], [&](const std::string& name, std::string_view value) {
    columns.emplace_back(name, value);
    return false;
  });
  return columns;
}

SettingColumns RunConfig::columns() const {
  SettingColumns columns;
  for (size_t i = 0; i < block_count(); ++i)
    for (auto& column : texts_->columns(block(i))) columns.push_back(std::move(column));
  return columns;
}

void RunConfig::visit_columns(
    const std::function<void(const std::string&, std::string_view)>& visit) const {
  for (size_t i = 0; i < block_count(); ++i)
    visit_block(texts_->block(block(i)), [&](const std::string& name, std::string_view value) {
      visit(name, value);
      return false;
    });
}

ConfigNumbers RunConfig::numbers() const {
  const auto blocks = numbers_.begin() + piece_count_;
  return {{numbers_.begin(), blocks}, {blocks, numbers_.end()}};
}

std::string_view RunConfig::column(std::string_view wanted) const {
  std::string_view found;
  const auto find = [&](const std::string& name, std::string_view value) {
    if (name != wanted) return false;
    found = value;
    return true;
  };
  for (size_t i = 0; i < block_count(); ++i) {
    const ConfigTexts::Block& candidate = texts_->block(block(i));
    const std::vector<std::string>& names = *candidate.names;
    if (std::find(names.begin(), names.end(), wanted) == names.end()) continue;
    visit_block(candidate, find);
    break;
  }
  return found;
}

std::string_view RunConfig::member(std::string_view key) const {
  for (size_t i = 0; is_object_ && i < piece_count_; ++i)
    if (texts_->key(piece(i)) == key) return texts_->value(piece(i));
  return {};
}

bool RunConfig::operator==(const RunConfig& other) const {
  if (texts_ == other.texts_ && numbers_ == other.numbers_ && piece_count_ == other.piece_count_ &&
      is_object_ == other.is_object_)
    return true;
  return json() == other.json() && columns() == other.columns();
}

}  // namespace edgesweep
