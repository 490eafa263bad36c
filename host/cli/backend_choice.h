#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "host/engine/run/backend.h"

namespace edgesweep {

/// What `--backend`, `--gpus`, `--threads`, `--isa` and `--fallback` say.
struct BackendOptions {
  std::string name = "auto";    ///< auto, cpu or cuda
  std::string gpus;             ///< "0,2", as `edgesweep devices` numbers them; empty: all
  std::string instruction_set;  ///< empty: the best
  int threads = 0;              ///< 0: all that the process may use
  uint64_t memory = 0;          ///< bytes of the CPU's; 0: most of what is available
  bool fallback = false;        ///< go on on the CPU when the GPU fails
};

struct ChosenBackend {
  std::unique_ptr<Backend> backend;
  std::string why_no_gpu;  ///< when "auto" took the CPU

  /// "cpu: AMD EPYC ..., avx512, 8 threads (no GPU: no NVIDIA driver)", for the line a command
  /// begins with.
  std::string text() const;
};

/// The backend that executes runs. InputError for an unknown name, for "cuda" where no GPU can run
/// the program, and for GPUs that do not exist or cannot; "auto" takes the CPU where no GPU can. A
/// GPU that is left out is named on standard error, unless others were asked for.
ChosenBackend choose_backend(const BackendOptions& options);

/// What `--threads` says, or, where it is 0, what the system grants; then a note about an answer of
/// the system that makes no sense is told.
int threads_to_use(int option);

/// A line on standard error.
void print_notice(const std::string& text);

}  // namespace edgesweep
