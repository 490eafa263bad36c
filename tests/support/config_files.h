#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/error.h"
#include "host/sweep/expand.h"
#include "tests/support/files.h"

namespace edgesweep::testing {

/// A config of the settings in `base` beside a dataset, with an optional sweep (both JSON without
/// their outer braces).
inline std::string config_text(const std::string& base, const std::string& sweep = "") {
  std::string text =
      R"({"base": {"dataset": "images.npz")" + (base.empty() ? "" : ", " + base) + "}";
  if (!sweep.empty()) text += R"(, "sweep": {)" + sweep + "}";
  return text + "}";
}

/// The sweep of a config text that lies in a folder of its own as config.json.
inline Sweep sweep_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const TemporaryFolder folder;
  write_bytes(folder.file("config.json"), text);
  return load_sweep(folder.file("config.json"), {overrides, std::nullopt});
}

/// What an action's InputError says, or "no error".
inline std::string input_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

/// What loading the text says, from the file's name on ("config.json: ..."), or "no error".
inline std::string complaint(const std::string& text,
                             const std::vector<std::string>& overrides = {}) {
  const std::string message = input_error([&] { sweep_of(text, overrides); });
  const size_t name = message.find("config.json");
  return name == std::string::npos ? message : message.substr(name);
}

}  // namespace edgesweep::testing
