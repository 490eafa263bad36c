// Tables of published losses: what a row states, and what is refused.
#include "host/compare/published_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/compare/comparison.h"
#include "host/config/defaults.h"
#include "host/error.h"
#include "tests/support/files.h"
#include "tests/support/paths.h"
#include "tests/support/published_files.h"

namespace edgesweep::testing {
namespace {

std::vector<std::string> all_settings() {
  std::vector<std::string> names;
  for (const auto& [name, text] : setting_columns(Json::object())) names.push_back(name);
  return names;
}

/// The table of this text.
PublishedTables read_table(const std::string& text) {
  const TemporaryFolder folder;
  write_bytes(folder.file("fig.csv"), text);
  return read_published(folder.file("fig.csv"), all_settings());
}

TEST(PublishedTable, ReadsTheTablesOfTheRepository) {
  const PublishedTables tables =
      read_published(source_dir() + "/experiments/published/at_our_level", all_settings());
  // 5a: 3 x 11 points, 6 and 9: 3 x 20; bounds of correlated images have rows of their own. Figures
  // that are added later come on top.
  EXPECT_GE(tables.points.size(), 2 * 33u + 2 * 60u + 60u);
  EXPECT_EQ(std::count(tables.files.begin(), tables.files.end(), "fig6.csv"), 1);
  for (const PublishedPoint& point : tables.points) {
    EXPECT_TRUE(point.mean_weak_cost.has_value());
    EXPECT_EQ(point.in_all, !point.losses.contains(Policy::lower_bound) || point.figure == "9" ||
                                point.figure == "8");
  }
}

TEST(PublishedTable, ReadsWhatARowStates) {
  const PublishedTables tables = read_table(
      "figure,panel,x_name,x,rate,metric_sequence.type,arrivals_p_12,prefer:dqn.history_metrics,"
      "mdp_loss,dqn_loss,dqn_tolerance,mean_weak_cost,level_se,published_images,dqn_training_sd,"
      "in_all,note,note_more\n"
      "6,a,b,3,0.05,iid,,95,0.27,,0.1,0.3,1e-5,1e7,2e-5,0,first,second\n");
  ASSERT_EQ(tables.points.size(), 1u);
  const PublishedPoint& point = tables.points[0];
  EXPECT_EQ(point.figure, "6");
  EXPECT_EQ(point.x, 3);
  ASSERT_EQ(point.settings.size(), 3u);  // nothing is stated about p_12
  EXPECT_EQ(point.settings[0].column, "rate");
  EXPECT_EQ(point.settings[0].number, 0.05);
  EXPECT_EQ(point.settings[1].column, "metric_sequence_type");
  EXPECT_EQ(point.settings[1].text, "iid");
  EXPECT_TRUE(point.settings[2].preferred);
  EXPECT_EQ(point.losses.size(), 1u);
  EXPECT_EQ(point.losses.at(Policy::mdp).loss, 0.27);
  EXPECT_EQ(point.mean_weak_cost, 0.3);
  EXPECT_EQ(point.noise.level_se, 1e-5);
  EXPECT_EQ(point.noise.images, 1e7);
  EXPECT_EQ(point.noise.dqn_training_sd, 2e-5);
  EXPECT_FALSE(point.in_all);
  EXPECT_EQ(point.notes, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(point.line, 2);
}

TEST(PublishedTable, ATableNeedsNoMoreThanASettingAndALoss) {
  const PublishedTables tables = read_table("rate,strong_loss\n0.1,-2\n0.2,3e5\n");
  ASSERT_EQ(tables.points.size(), 2u);
  EXPECT_EQ(tables.points[0].figure, "fig");
  EXPECT_EQ(tables.points[1].losses.at(Policy::strong).loss, 3e5);
  EXPECT_EQ(place_text(tables.points[1]), "line 3");
}

}  // namespace
}  // namespace edgesweep::testing
