#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep::testing {

/// Header line of a table of published losses.
inline const std::string kPublishedHeader =
    "figure,panel,x_name,x,rate,depth,metric_sequence.type,metric_sequence.spread,"
    "metric_sequence.reset_probability,arrivals.type,prefer:dqn.history_metrics,mdp_loss,dqn_loss,"
    "dqn_tolerance,mean_weak_cost,level_se,published_images,dqn_training_sd,in_all,note\n";

/// A done run of correlated images (spread 0.1, reset probability 0.1), periodic, with these losses
/// of mdp and dqn (standard errors 1e-4), 100 x 10,000 test images, and weak loss 0.3.
inline StoredRun published_run(const std::string& id, const std::string& rate,
                               const std::string& depth, uint64_t seed, double mdp, double dqn) {
  StoredRun run;
  const std::string json = R"({"seed":)" + std::to_string(seed) + R"(,"id":")" + id + R"("})";
  run.config = RunConfig(json, {{"rate", rate},
                                {"depth", depth},
                                {"metric_sequence_type", "\"local_reset\""},
                                {"metric_sequence_spread", "0.1"},
                                {"metric_sequence_reset_probability", "0.1"},
                                {"arrivals_type", "\"periodic\""},
                                {"arrivals_interval_1", ""},
                                {"arrivals_interval_2", ""},
                                {"arrivals_p_12", ""},
                                {"arrivals_p_21", ""},
                                {"dqn_history_metrics", "95"},
                                {"test_sequences", "100"},
                                {"test_images", "10000"},
                                {"seed", std::to_string(seed)}});
  run.result.id = id;
  run.result.policies = {
      {Policy::weak, 0.3, 0, 0}, {Policy::mdp, mdp, 1e-4, 0.1}, {Policy::dqn, dqn, 1e-4, 0.1}};
  return run;
}

/// The run with one of its settings changed or added.
inline StoredRun with_setting(StoredRun run, const std::string& name, const std::string& text) {
  SettingColumns columns = run.config.columns();
  const auto known = std::find_if(columns.begin(), columns.end(),
                                  [&](const auto& column) { return column.first == name; });
  if (known != columns.end())
    known->second = text;
  else
    columns.emplace_back(name, text);
  run.config = RunConfig(run.config.json(), columns);
  return run;
}

}  // namespace edgesweep::testing
