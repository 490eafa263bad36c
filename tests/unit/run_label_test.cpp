// How a run is named in progress lines and messages.
#include "host/session/run_label.h"

#include <gtest/gtest.h>

namespace edgesweep {
namespace {

RunSpec spec(const std::string& id, const std::string& rate, const std::string& depth) {
  RunSpec run;
  run.id = id;
  run.config = RunConfig("", {{"rate", rate}, {"depth", depth}, {"arrivals_p_12", ""}});
  return run;
}

Sweep sweep_of_experiments(std::vector<Experiment> experiments) {
  Sweep sweep;
  sweep.swept = {"rate", "depth", "arrivals_p_12"};
  sweep.experiments = std::move(experiments);
  return sweep;
}

TEST(RunLabel, HasTheSweptSettingsThatTheRunHas) {
  const Sweep sweep = sweep_of_experiments({{"only", "", {"rate", "depth"}, {"a"}}});
  EXPECT_EQ(run_label(sweep, spec("a", "0.1", "4")), "rate 0.1, depth 4");
}

TEST(RunLabel, IsTheIdWhereNothingIsSwept) {
  Sweep sweep = sweep_of_experiments({{"only", "", {}, {"a"}}});
  sweep.swept.clear();
  EXPECT_EQ(run_label(sweep, spec("a", "0.1", "4")), "a");
}

TEST(RunLabel, OfSeveralExperimentsNamesTheFirstThatHasTheRunAndWhatItSweeps) {
  const Sweep sweep = sweep_of_experiments(
      {{"figure_5a", "", {"rate"}, {"a"}}, {"figure_6", "", {"depth", "rate"}, {"a", "b"}}});
  EXPECT_EQ(run_label(sweep, spec("a", "0.1", "4")), "figure_5a: rate 0.1");
  EXPECT_EQ(run_label(sweep, spec("b", "0.2", "5")), "figure_6: depth 5, rate 0.2");
}

}  // namespace
}  // namespace edgesweep
