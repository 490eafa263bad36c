// A block reverses its values through shared memory. With the argument "wrong" it does so without
// the barrier between writing and reading, which ThreadSanitizer must report at this very line.
#include <cstdio>
#include <cstring>
#include <vector>

#include "portable.h"

namespace {

constexpr unsigned kBlock = 64;
constexpr unsigned kAllLanes = 0xffffffffu;

template <bool kHasBarrier>
__global__ void reverse(int* values, int* warp_sums) {
  PORTABLE_SHARED(int, tile, kBlock);
  for (int step = 0; step < 10; ++step) {
    tile[threadIdx.x] = values[threadIdx.x];
    if (kHasBarrier) __syncthreads();
    values[threadIdx.x] = tile[kBlock - 1 - threadIdx.x];  // the race
    __syncthreads();
  }
  // Lanes of a warp hand values over, ordered by __syncwarp alone.
  tile[threadIdx.x] = values[threadIdx.x];
  __syncwarp();
  const int neighbour = tile[threadIdx.x ^ 1];
  const int sum = __shfl_xor_sync(kAllLanes, neighbour, 1) + neighbour;
  warp_sums[threadIdx.x] = sum;
}

}  // namespace

int main(int argc, char** argv) {
  const bool wrong = argc > 1 && std::strcmp(argv[1], "wrong") == 0;
  int *values = nullptr, *sums = nullptr;
  std::vector<int> host(kBlock, 1);
  if (cudaMalloc(&values, kBlock * sizeof(int)) != cudaSuccess) return 2;
  if (cudaMalloc(&sums, kBlock * sizeof(int)) != cudaSuccess) return 2;
  for (int launches = 0; launches < 3; ++launches) {
    (void)cudaMemcpy(values, host.data(), kBlock * sizeof(int), cudaMemcpyHostToDevice);
    (void)portable::launch(wrong ? reverse<false> : reverse<true>, 1, kBlock, 0, nullptr, values,
                           sums);
  }
  const cudaError_t error = cudaDeviceSynchronize();
  std::printf("ended: %s\n", cudaGetErrorString(error));
  return error == cudaSuccess && cudaFree(values) == cudaSuccess && cudaFree(sums) == cudaSuccess
             ? 0
             : 1;
}
