#include "host/results/stored_network.h"

#include <fmt/format.h>

#include "host/config/settings_json.h"
#include "host/error.h"

namespace edgesweep {

RunSettings stored_settings(const StoredRun& run, const std::string& file,
                            const std::filesystem::path& folder) {
  const auto refuse = [&](const std::exception& error) {
    return InputError(file, "/configs/config of run " + run.result.id,
                      fmt::format("what cannot be read as settings ({})", error.what()),
                      "the settings of a run as edgesweep run stores them");
  };
  try {
    return settings_from_json(Json::parse(run.config.json()), folder);
  } catch (const Json::exception& error) {
    throw refuse(error);
  } catch (const std::logic_error& error) {  // a name that the schema does not have
    throw refuse(error);
  }
}

StoredNetwork stored_network(const StoredRun& run, const std::string& file) {
  StoredNetwork network;
  const RunSettings settings = stored_settings(run, file, "");
  network.dqn = network_settings(settings);
  network.bucket = network_bucket(
      settings, {run.result.bucket_refill, run.result.bucket_cost, run.result.bucket_capacity});
  network.shape = make_network_shape(network.dqn, network.bucket);
  const auto check = [&](const char* name, const std::vector<float>& weights) {
    if (weights.empty() || static_cast<int64_t>(weights.size()) == network.shape.parameters())
      return;
    throw InputError(file, fmt::format("/weights/{}/{}", run.result.id, name),
                     fmt::format("{} values", weights.size()),
                     fmt::format("{}, as the run's settings have it", network.shape.parameters()));
  };
  check("last", run.result.weights);
  check("best", run.result.best_weights);
  return network;
}

}  // namespace edgesweep
