#pragma once
#include <memory>
#include <string>

#include "host/engine/backend.h"

namespace edgesweep {

/// What `--backend`, `--threads`, `--isa` and `--fallback` say.
struct BackendOptions {
  std::string name = "auto";    ///< auto, cpu or cuda
  std::string instruction_set;  ///< empty: the best
  int threads = 0;              ///< 0: all that the process may use
  bool fallback = false;        ///< go on on the CPU when the GPU fails
  bool quiet = false;
};

/// The backend that executes runs. InputError for an unknown name, and for "cuda" where there is no
/// GPU; "auto" takes the CPU there and says why on standard error.
std::unique_ptr<Backend> choose_backend(const BackendOptions& options);

}  // namespace edgesweep
