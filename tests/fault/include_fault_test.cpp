// Includes that cannot be followed.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "tests/support/config_files.h"

namespace edgesweep {
namespace {

using testing::config_text;
using testing::input_error;
using testing::TemporaryFolder;
using testing::write_bytes;

/// What loading all.json of these files says; the folder's name is left out.
std::string complaint_of(const std::map<std::string, std::string>& files,
                         const ConfigChanges& changes = {}) {
  const TemporaryFolder folder;
  for (const auto& [name, text] : files) write_bytes(folder.file(name), text);
  std::string message = input_error([&] { load_sweep(folder.file("all.json"), changes); });
  const std::string start = folder.file("");
  for (size_t at = message.find(start); at != std::string::npos; at = message.find(start))
    message.erase(at, start.size());
  return message;
}

TEST(FaultInclude, AMissingFileIsNamedWithTheNearest) {
  EXPECT_EQ(complaint_of({{"all.json", R"({"include": ["figure_5.json", "figur_6.json"]})"},
                          {"figure_5.json", config_text("")},
                          {"figure_6.json", config_text("")}}),
            "all.json: /include/1: found \"figur_6.json\", no such file; allowed: a config, its "
            "path from this config's folder (did you mean \"figure_6.json\"?)");
}

TEST(FaultInclude, ACircleIsNamed) {
  EXPECT_EQ(complaint_of({{"all.json", R"({"include": ["./all.json"]})"}}),
            "all.json: /include/0: found a circle: all.json -> ./all.json; allowed: configs that "
            "do not include themselves");
  EXPECT_EQ(complaint_of({{"all.json", R"({"include": ["a.json"]})"},
                          {"a.json", R"({"include": ["x.json", "b.json"]})"},
                          {"x.json", config_text("")},
                          {"b.json", R"({"include": ["a.json"]})"}}),
            "b.json: /include/0: found a circle: all.json -> a.json -> b.json -> a.json; allowed: "
            "configs that do not include themselves");
}

TEST(FaultInclude, TooDeep) {
  const auto chain = [](int configs) {
    std::map<std::string, std::string> files{{"all.json", R"({"include": ["1.json"]})"}};
    for (int i = 1; i < configs; ++i)
      files[std::to_string(i) + ".json"] =
          R"({"include": [")" + std::to_string(i + 1) + R"(.json"]})";
    files[std::to_string(configs) + ".json"] = config_text("");
    return complaint_of(files);
  };
  EXPECT_EQ(chain(8), "no error");
  EXPECT_EQ(chain(9), "8.json: /include/0: found includes 9 deep; allowed: at most 8");
}

TEST(FaultInclude, TwoExperimentsOfOneName) {
  EXPECT_EQ(complaint_of({{"all.json", R"({"include": ["a.json", "b.json"]})"},
                          {"a.json", R"({"name": "same", "base": {"dataset": "d"}})"},
                          {"b.json", R"({"name": "same", "base": {"dataset": "e"}})"}}),
            "b.json: /name: found \"same\", the name of an experiment of a.json too; allowed: "
            "experiments of different names");
}

TEST(FaultInclude, ABombOfIncludesEndsAtOnce) {
  std::map<std::string, std::string> files;
  for (int level = 0; level < 8; ++level) {
    std::string list;
    for (int i = 0; i < 100; ++i)
      list += (i == 0 ? "\"" : ", \"") + std::to_string(level + 1) + ".json\"";
    files[level == 0 ? "all.json" : std::to_string(level) + ".json"] =
        R"({"include": [)" + list + "]}";
  }
  files["8.json"] = config_text("");
  EXPECT_NE(complaint_of(files).find("experiments of different names"), std::string::npos);
}

TEST(FaultInclude, WhatIsWrongInAnIncludedConfigIsToldOfThatConfig) {
  const std::string all = R"({"include": ["a.json"]})";
  EXPECT_EQ(complaint_of({{"all.json", all}, {"a.json", config_text(R"("rate": 2)")}}),
            "a.json: /base/rate: found 2; allowed: a number > 0 and < 1");
  EXPECT_EQ(complaint_of({{"all.json", all}, {"a.json", "[]"}}),
            "a.json: /: found a list of 0 values; allowed: an object");
  EXPECT_EQ(complaint_of({{"all.json", all}, {"a.json", R"({"base": {}})"}}),
            "a.json: /base/dataset: found nothing; allowed: a string of 1 to 1024 characters");
  EXPECT_NE(complaint_of({{"all.json", all}, {"a.json", "{"}}).find("a.json: line 1"),
            std::string::npos);
}

TEST(FaultInclude, WhatIsWrongInTheIncludingConfigIsToldOfIt) {
  const auto told = [](const std::string& all, const ConfigChanges& changes = {}) {
    return complaint_of({{"all.json", all}, {"a.json", config_text("")}}, changes);
  };
  EXPECT_EQ(told(R"({"include": []})"),
            "all.json: /include: found a list of 0 values; allowed: a list of 1 to 1000 values");
  EXPECT_EQ(told(R"({"include": [5]})").substr(0, 32), "all.json: /include/0: found 5; a");
  EXPECT_EQ(told(R"({"include": ["a.json"], "base": {"rate": 2}})"),
            "all.json: /base/rate: found 2; allowed: a number > 0 and < 1");
  EXPECT_EQ(told(R"({"include": ["a.json"], "base": {"metric_sequence": {"type": "iid"}}})",
                 {{"metric_sequence.spread=0.5"}, std::nullopt}),
            "all.json: --set metric_sequence.spread: found a setting that no included experiment "
            "has; allowed: settings of their types of metric_sequence and arrivals");
  EXPECT_EQ(told(R"({"name": "x"})"), "all.json: /base: found nothing; allowed: an object");
}

TEST(FaultInclude, ADirectory) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("a.json"));
  write_bytes(folder.file("all.json"), R"({"include": ["a.json"]})");
  EXPECT_NE(input_error([&] {
              load_sweep(folder.file("all.json"), {});
            }).find("a.json: found a directory; allowed: a JSON file"),
            std::string::npos);
}

}  // namespace
}  // namespace edgesweep
