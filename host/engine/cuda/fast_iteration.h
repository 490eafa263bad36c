#pragma once
#include <cublas_v2.h>

#include <functional>
#include <memory>
#include <vector>

#include "host/engine/cuda/device_buffer.h"
#include "kernels/fast_train.h"

namespace edgesweep {
/// The functions of cuBLAS that `math: "fast"` calls. The library is loaded when they are first
/// asked for: it takes some 200 MB, which nobody else should pay for, and machines without it can
/// run everything else.
struct CublasLibrary {
  decltype(&cublasCreate) create;
  decltype(&cublasDestroy) destroy;
  decltype(&cublasSetStream) set_stream;
  decltype(&cublasSetWorkspace) set_workspace;
  decltype(&cublasSetMathMode) set_math_mode;
  decltype(&cublasSgemmStridedBatched) multiply_batched;
  decltype(&cublasGetStatusString) status_text;
};

/// Loads it, once. Throws SystemError where it is not found.
const CublasLibrary& cublas_library();

void check_cublas(cublasStatus_t status, std::string_view what,
                  std::source_location where = std::source_location::current());

/// A cuBLAS handle on a stream, allowed to round to TF32, with memory of its own to work in.
class CublasHandle {
 public:
  explicit CublasHandle(cudaStream_t stream);
  ~CublasHandle() { library_.destroy(handle_); }
  CublasHandle(const CublasHandle&) = delete;
  CublasHandle& operator=(const CublasHandle&) = delete;
  operator cublasHandle_t() const { return handle_; }  // NOLINT(google-explicit-constructor)

 private:
  const CublasLibrary& library_ = cublas_library();
  DeviceBuffer<char> workspace_;
  cublasHandle_t handle_ = nullptr;
};

/// The mini-batches of networks of the same sizes in `math: "fast"`: strided-batched products and
/// the kernels of kernels/fast_train.h, captured once in a CUDA graph of one mini-batch.
class FastTraining {
 public:
  /// tasks: device memory of `networks` tasks, rewritten by the caller before every Q iteration.
  FastTraining(const std::vector<int32_t>& sizes, int batch, const TrainTask* tasks, int networks,
               const CublasHandle& cublas, cudaStream_t stream);
  ~FastTraining();
  FastTraining(const FastTraining&) = delete;
  FastTraining& operator=(const FastTraining&) = delete;

  /// Queues steps 4 and 5 of a Q iteration on the stream. goes_on: asked before each mini-batch
  /// with the number of those queued. False: it said no, and the iteration is not whole.
  bool run(int mini_batches, const std::function<bool(int done)>& goes_on);

 private:
  void queue_mini_batch();
  void forward();
  void backward();
  void capture();

  std::vector<int32_t> sizes_;
  const CublasHandle& cublas_;
  cudaStream_t stream_;
  DeviceBuffer<float> weights_, gradient_, inputs_, target_mean_;
  DeviceBuffer<int32_t> mini_batch_;
  std::vector<DeviceBuffer<float>> outputs_;  ///< of each layer, networks x units x stride
  DeviceBuffer<float> input_gradient_[2];     ///< swapped from layer to layer
  std::vector<FastLayer> layers_;
  std::vector<int64_t> weight_offset_;  ///< of each layer
  FastGroup group_{};
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace edgesweep
