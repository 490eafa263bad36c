#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "host/engine/run/backend.h"

namespace edgesweep {

/// What `--backend`, `--threads`, `--isa` and `--fallback` say.
struct BackendOptions {
  std::string name = "auto";    ///< auto, cpu or cuda
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

/// The backend that executes runs. InputError for an unknown name, and for "cuda" where there is no
/// GPU; "auto" takes the CPU there.
ChosenBackend choose_backend(const BackendOptions& options);

/// What `--threads` says, or, where it is 0, what the system grants; then a note about an answer of
/// the system that makes no sense is told.
int threads_to_use(int option);

/// A line on standard error.
void print_notice(const std::string& text);

}  // namespace edgesweep
