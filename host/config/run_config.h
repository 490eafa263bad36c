#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace edgesweep {

/// Settings as (column name, text), in column order.
using SettingColumns = std::vector<std::pair<std::string, std::string>>;

/// Numbers of a run's texts in its ConfigTexts.
struct ConfigNumbers {
  std::vector<uint32_t> pieces;  ///< members of the JSON object, in its order
  std::vector<uint32_t> blocks;  ///< columns, in their order
};

class RunConfig;

/// The texts of many runs' settings, each kept once. Runs of a sweep differ in few settings, so a
/// run of its own takes a number for each part of its settings instead of 5 KB of text.
/// A piece is a member of a run's JSON object ("\"rate\":0.1"), a block some of its columns.
/// Texts are only added, by one thread; while it adds one, no other may read RunConfigs of these.
class ConfigTexts : public std::enable_shared_from_this<ConfigTexts> {
 public:
  static std::shared_ptr<ConfigTexts> create();
  ConfigTexts(const ConfigTexts&) = delete;  // its maps hold views of its own texts
  ConfigTexts& operator=(const ConfigTexts&) = delete;

  /// A run's settings as texts. json: kept as it is, whatever it holds. Throws
  /// std::invalid_argument for a NUL in a column.
  RunConfig add(std::string_view json, const SettingColumns& columns);
  /// A run of texts that are already here: members of its object, and blocks of columns.
  RunConfig make(const ConfigNumbers& numbers) const;

  uint32_t add_piece(std::string_view piece);
  uint32_t add_block(const SettingColumns& columns);
  const std::string& piece(uint32_t number) const { return pieces_[number]; }
  /// The name of a member, without quotes.
  std::string_view key(uint32_t piece) const;
  /// The text of its value.
  std::string_view value(uint32_t piece) const;

  struct Block {
    std::shared_ptr<const std::vector<std::string>> names;
    std::string values;  ///< one after another, each ended by NUL
  };
  const Block& block(uint32_t number) const { return blocks_[number]; }
  SettingColumns columns(uint32_t block) const;

 private:
  ConfigTexts() = default;
  std::shared_ptr<const std::vector<std::string>> shared_names(const SettingColumns& columns);

  std::deque<std::string> pieces_;
  std::deque<Block> blocks_;
  std::unordered_map<std::string_view, uint32_t> number_of_piece_;  ///< views of pieces_
  /// By the names and a view of the values in blocks_.
  std::map<std::pair<const void*, std::string_view>, uint32_t> number_of_block_;
  std::map<std::vector<std::string>, std::shared_ptr<const std::vector<std::string>>> names_;
};

/// A run's settings as text: canonical JSON, and every setting as a column. Small, and cheap to
/// copy; reading it from several threads is safe.
class RunConfig {
 public:
  RunConfig() = default;
  /// Settings that share nothing.
  RunConfig(std::string_view json, const SettingColumns& columns);

  std::string json() const;
  size_t json_size() const;  ///< bytes
  SettingColumns columns() const;
  /// Calls `visit` for each column; quicker than columns().
  void visit_columns(
      const std::function<void(const std::string& name, std::string_view value)>& visit) const;
  ConfigNumbers numbers() const;
  /// The text of a column; "" if there is none of this name.
  std::string_view column(std::string_view wanted) const;
  /// The text of a member of the JSON object; "" if there is none of this name.
  std::string_view member(std::string_view key) const;

  const std::shared_ptr<const ConfigTexts>& texts() const { return texts_; }
  size_t piece_count() const { return piece_count_; }
  uint32_t piece(size_t i) const { return numbers_[i]; }
  size_t block_count() const { return numbers_.size() - piece_count_; }
  uint32_t block(size_t i) const { return numbers_[piece_count_ + i]; }

  /// The same texts.
  bool operator==(const RunConfig& other) const;

 private:
  friend class ConfigTexts;
  std::shared_ptr<const ConfigTexts> texts_;
  std::vector<uint32_t> numbers_;  ///< of pieces, then of blocks
  uint32_t piece_count_ = 0;
  bool is_object_ = false;  ///< or the one piece is a text that is no object
};

}  // namespace edgesweep
