// The real build finds cuBLAS and every function it calls, also where there is no GPU.
#include <cstdio>

#include "host/engine/cuda/fast_iteration.h"

int main() {
  const edgesweep::CublasLibrary& cublas = edgesweep::cublas_library();
  std::printf("%s\n", cublas.status_text(CUBLAS_STATUS_SUCCESS));
  return cublas.create != nullptr && cublas.multiply_batched != nullptr ? 0 : 1;
}
