// Files that are no config at all, too much of one, or one that a bit flip has hit.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>

#include "host/config/config_file.h"
#include "tests/support/config_files.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

using testing::complaint;
using testing::config_text;
using testing::input_error;
using testing::TemporaryFolder;

TEST(FaultConfigFile, MissingOrADirectory) {
  const TemporaryFolder folder;
  EXPECT_EQ(input_error([&] { load_sweep(folder.file("none.json"), {}); }),
            folder.file("none.json") + ": found no such file; allowed: a JSON file");
  EXPECT_EQ(input_error([&] { load_sweep(folder.file(""), {}); }),
            folder.file("") + ": found a directory; allowed: a JSON file");
  EXPECT_EQ(input_error([&] { load_sweep("", {}); }), ": found no such file; allowed: a JSON file");
}

TEST(FaultConfigFile, TooLarge) {
  const std::string limit =
      "config.json: found more than 16 MiB; allowed: a JSON file of at most 16 MiB";
  EXPECT_EQ(complaint(std::string((size_t{16} << 20) + 1, ' ')), limit);
  EXPECT_NE(complaint(std::string(size_t{16} << 20, ' ')), limit);
  EXPECT_EQ(input_error([] { read_json_file("/dev/zero"); }),
            "/dev/zero: found more than 16 MiB; allowed: a JSON file of at most 16 MiB");
}

TEST(FaultConfigText, SyntaxErrorsHaveLineAndColumn) {
  EXPECT_EQ(complaint("{\n  \"base\": {,\n}}"),
            "config.json: line 2, column 12: found unexpected ','; allowed: string literal");
  EXPECT_EQ(complaint("{\"base\": tru}").substr(0, 57),
            "config.json: line 1, column 13: found invalid literal; la");
  EXPECT_EQ(complaint("").substr(0, 46), "config.json: line 1, column 1: found unexpecte");
  EXPECT_EQ(complaint(config_text("") + "x").substr(0, 35), "config.json: line 1, column 36: fou");
  EXPECT_NE(complaint("{} // comment").find("config.json: line 1, column 4: "), std::string::npos);
  EXPECT_NE(complaint("{\"a\": 'b'}").find("config.json: line 1, column 7: "), std::string::npos);
  EXPECT_NE(complaint("{\"a\": NaN}").find("config.json: line 1, column 7: "), std::string::npos);
  EXPECT_NE(complaint("{\"a\": \"\xff\"}").find("invalid string: ill-formed UTF-8 byte"),
            std::string::npos);
}

TEST(FaultConfigText, NumbersThatNoDoubleHolds) {
  EXPECT_NE(complaint(config_text(R"("rate": 1e999)")).find("number overflow parsing '1e999'"),
            std::string::npos);
  EXPECT_EQ(complaint(config_text(R"("rate": 1e-999)")),
            "config.json: /base/rate: found 0; allowed: a number > 0 and < 1");
}

TEST(FaultConfigText, AKeyTwice) {
  EXPECT_EQ(complaint(R"({"base": {"dataset": "d", "dqn": {"width": 1, "width": 2}}})"),
            "config.json: /base/dqn: found the key \"width\" twice; allowed: each key once");
  EXPECT_EQ(complaint(R"({"base": {}, "base": {}})"),
            "config.json: /: found the key \"base\" twice; allowed: each key once");
  EXPECT_EQ(
      complaint(R"({"base": {"dqn": {"schedule": [{}, {"iterations": 1, "iterations": 1}]}}})"),
      "config.json: /base/dqn/schedule/1: found the key \"iterations\" twice; allowed: each key "
      "once");
}

TEST(FaultConfigText, DeepNestingIsRefusedAtOnce) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 100000; ++i) text += open;
    EXPECT_NE(complaint(text).find(
                  "found lists and objects nested more than 32 deep; allowed: at most 32 levels"),
              std::string::npos)
        << open;
  }
}

TEST(FaultConfigText, HugeObjectsListsAndNames) {
  std::string keys = "{\"first\":0";
  for (int i = 0; i < 300000; ++i) keys += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(complaint(keys + "}"),
            "config.json: /: found an object of more than 200 keys; allowed: at most 200 keys");
  std::string ones = "0";
  for (int i = 0; i < 1000000; ++i) ones += ",0";
  EXPECT_EQ(complaint(config_text("", R"("seed": [)" + ones + "]")),
            "config.json: /sweep/seed: found a list of 1000001 values; allowed: a list of 1 to "
            "100000 values or an "
            "object");
  EXPECT_EQ(complaint(config_text(R"("policies": [)" + ones + "]")),
            "config.json: /base/policies: found a list of 1000001 values; allowed: a list of 1 to "
            "11 different values");
  const std::string name(1000000, 'n');
  EXPECT_EQ(complaint(R"({"name": ")" + name + R"(", "base": {"dataset": "d"}})").substr(0, 62),
            "config.json: /name: found a string of 1000000 characters; allo");
  EXPECT_LT(complaint(config_text("\"" + name + "\": 1")).size(), 1000U);
  EXPECT_LT(complaint(config_text("\"rate\": \"" + name + "\"")).size(), 1000U);
  EXPECT_LT(complaint(config_text(""), {name + "=1"}).size(), 1000U);
}

TEST(FaultConfigText, RunsMayNotTakeMoreThanTheirShareOfMemory) {
  // 100,000 runs of the longest file names and schedule each.
  const std::string phase = R"({"iterations": 1000000000, "learning_rate": 0.12345678901234567})";
  std::string schedule = phase;
  for (int i = 1; i < 64; ++i) schedule += ", " + phase;
  const std::string name(1024, 'n');
  const std::string files =
      R"({"type": "replay", "file": ")" + name + R"(", "training_file": ")" + name + "\"}";
  const std::string base = R"("metric_sequence": )" + files + R"(, "arrivals": )" + files +
                           R"(, "dqn": {"schedule": [)" + schedule + "]}";
  EXPECT_EQ(complaint(config_text(base, R"("seed": {"from": 1, "to": 100000, "step": 1})")),
            "config.json: /sweep: found runs whose settings together take more than 256 MiB; "
            "allowed: fewer runs, or "
            "shorter lists and names");
}

TEST(FaultConfigText, NulEndsTextsElsewhereSoNoTextHoldsIt) {
  EXPECT_EQ(complaint(R"({"description": "a\u0000b", "base": {"dataset": "images.npz"}})"),
            "config.json: /description: found the character \\u0000 in a text; allowed: texts "
            "without it");
  EXPECT_EQ(complaint(R"({"base": {"dataset": "images.npz", "policies": ["mdp", "\u0000"]}})"),
            "config.json: /base/policies/1: found the character \\u0000 in a text; allowed: texts "
            "without it");
}

TEST(FaultConfigText, MessagesShowNoControlCharacters) {
  for (const std::string& text :
       {config_text("\"\\u001b[31m\": 1"), config_text("\"rate\": \"\\u0007\\u001b\""),
        std::string("{\"\x1b\"")})
    for (const char c : complaint(text))
      EXPECT_GE(static_cast<unsigned char>(c), 0x20) << complaint(text);
}

/// A run of the mutated text ends in runs or in InputError; any other exception fails the test.
void expect_handled(const TemporaryFolder& folder, const std::string& text,
                    const std::string& what) {
  testing::write_bytes(folder.file("config.json"), text);
  try {
    load_sweep(folder.file("config.json"), {});
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("config.json: "), std::string::npos) << what;
  } catch (const std::exception& error) {
    ADD_FAILURE() << what << ": " << error.what();
  }
}

class FaultMutatedConfig : public ::testing::Test {
 protected:
  const std::string text_ = testing::read_bytes(testing::source_dir() + "/configs/quickstart.json");
  const TemporaryFolder folder_;
};

TEST_F(FaultMutatedConfig, CutAnywhere) {
  for (size_t length = 0; length < text_.size(); ++length)
    expect_handled(folder_, text_.substr(0, length), "cut to " + std::to_string(length));
}

TEST_F(FaultMutatedConfig, AnyByteFlipped) {
  for (size_t i = 0; i < text_.size(); ++i) {
    for (const int bit :
         {0, 3, 7}) {  // the next digit or letter, another kind of character, no ASCII
      std::string text = text_;
      text[i] = static_cast<char>(text[i] ^ (1 << bit));
      expect_handled(folder_, text, "bit " + std::to_string(bit) + " of byte " + std::to_string(i));
    }
  }
}

TEST_F(FaultMutatedConfig, AnyByteReplacedByPunctuation) {
  const std::string punctuation = "{}[],:\"-9";
  for (size_t i = 0; i < text_.size(); ++i) {
    std::string text = text_;
    text[i] = punctuation[i % punctuation.size()];
    expect_handled(folder_, text, text.substr(i, 1) + " at byte " + std::to_string(i));
  }
}

TEST_F(FaultMutatedConfig, PiecesMovedAbout) {
  std::mt19937 generator(1);  // its sequence is fixed by the standard
  for (int i = 0; i < 1000; ++i) {
    std::string text = text_;
    const size_t from = generator() % text.size();
    const std::string piece = text.substr(from, generator() % 60);
    text.erase(from, piece.size());
    text.insert(generator() % text.size(), piece);
    expect_handled(folder_, text, "move " + std::to_string(i));
  }
}

}  // namespace
}  // namespace edgesweep
