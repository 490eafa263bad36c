// A kernel fills an array in device memory. With the argument "wrong" it fills one element too
// many, which AddressSanitizer must report at this very line.
#include <cstdio>
#include <cstring>

#include "portable.h"

namespace {

__global__ void fill(float* values, int count) {
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < count) values[thread] = 1.0f;  // the overrun
  __syncthreads();
}

}  // namespace

int main(int argc, char** argv) {
  const bool wrong = argc > 1 && std::strcmp(argv[1], "wrong") == 0;
  constexpr int kCount = 10;
  float* values = nullptr;
  if (cudaMalloc(&values, kCount * sizeof(float)) != cudaSuccess) return 2;
  for (int launches = 0; launches < 3; ++launches)
    (void)portable::launch(fill, 4, 32, 0, nullptr, values, wrong ? kCount + 1 : kCount);
  const cudaError_t error = cudaDeviceSynchronize();
  std::printf("ended: %s\n", cudaGetErrorString(error));
  return error == cudaSuccess && cudaFree(values) == cudaSuccess ? 0 : 1;
}
