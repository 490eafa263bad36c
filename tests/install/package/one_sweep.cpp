// one_sweep CONFIG FILE.h5: runs a sweep into a results file and prints losses, by the installed
// libraries.
#include <cstdio>

#include "host/engine/backends.h"
#include "host/session/session.h"
#include "host/sweep/expand.h"

int main(int, char** argv) {
  const edgesweep::Sweep sweep = edgesweep::load_sweep(argv[1], {});
  const auto backend = edgesweep::make_cpu_backend(1);
  edgesweep::SessionOptions options;
  options.output = argv[2];
  edgesweep::SessionObserver observer;  // nobody watches, nobody stops it
  const auto stored = edgesweep::run_sweep(sweep, *backend, options, observer);
  for (const edgesweep::StoredRun& run : stored.value().runs) {
    std::printf("%s", run.result.id.c_str());
    for (const auto& policy : run.result.policies) std::printf(" %.9f", policy.loss);
    std::printf("\n");
  }
}
