#include "host/engine/cuda/fast_iteration.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>

#include "host/engine/run/fallback_backend.h"
#include "host/error.h"

namespace edgesweep {
namespace {

#if defined(CUDA_EMULATED)

CublasLibrary load() {
  return {cublasCreate,         cublasDestroy,     cublasSetStream,
          cublasSetWorkspace,   cublasSetMathMode, cublasSgemmStridedBatched,
          cublasGetStatusString};
}

#else

// The header renames functions whose signature has changed (cublasCreate is cublasCreate_v2), so
// names go through the preprocessor.
#define EDGESWEEP_TEXT_OF(name) #name
#define EDGESWEEP_TEXT(name) EDGESWEEP_TEXT_OF(name)

/// The library of the toolkit's major version: where the loader looks, or in the toolkit itself.
void* open_library() {
  const std::string name = "libcublas.so." EDGESWEEP_TEXT(CUBLAS_VER_MAJOR);
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    library = dlopen((EDGESWEEP_CUDA_LIBRARIES "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    throw SystemError("math \"fast\" needs cuBLAS: " + std::string(dlerror()) +
                      "; math \"exact\" does not");
  return library;
}

template <typename Function>
void find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  if (!function) throw SystemError("cuBLAS has no " + std::string(name));
}

CublasLibrary load() {
  void* library = open_library();  // stays open
  CublasLibrary functions{};
  find(library, EDGESWEEP_TEXT(cublasCreate), functions.create);
  find(library, EDGESWEEP_TEXT(cublasDestroy), functions.destroy);
  find(library, EDGESWEEP_TEXT(cublasSetStream), functions.set_stream);
  find(library, EDGESWEEP_TEXT(cublasSetWorkspace), functions.set_workspace);
  find(library, EDGESWEEP_TEXT(cublasSetMathMode), functions.set_math_mode);
  find(library, EDGESWEEP_TEXT(cublasSgemmStridedBatched), functions.multiply_batched);
  find(library, EDGESWEEP_TEXT(cublasGetStatusString), functions.status_text);
  return functions;
}

#endif

}  // namespace

const CublasLibrary& cublas_library() {
  static const CublasLibrary library = load();
  return library;
}

namespace {

/// What NVIDIA recommends for sm_90; smaller devices need less.
constexpr size_t kWorkspaceBytes = 32 << 20;

/// One matrix of every network of a group: column-major for cuBLAS, so a matrix of ours with rows
/// `leading` apart is its own transpose there.
struct BatchedMatrix {
  float* data;
  int leading;
  long long distance;  ///< from network to network
};

/// c (m x n) = op_a(a) op_b(b) over k, for every network.
void multiply(const CublasHandle& cublas, int networks, cublasOperation_t op_a,
              cublasOperation_t op_b, int m, int n, int k, const BatchedMatrix& a,
              const BatchedMatrix& b, const BatchedMatrix& c) {
  const float one = 1.0f;
  const float zero = 0.0f;
  check_cublas(cublas_library().multiply_batched(
                   cublas, op_a, op_b, m, n, k, &one, a.data, a.leading, a.distance, b.data,
                   b.leading, b.distance, &zero, c.data, c.leading, c.distance, networks),
               "cublasSgemmStridedBatched");
}

}  // namespace

void check_cublas(cublasStatus_t status, std::string_view what, std::source_location where) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const std::string_view path = where.file_name();
  throw DeviceError(
      fmt::format("the GPU failed: {}: {} at {}:{}", what, cublas_library().status_text(status),
                  path.substr(path.find_last_of('/') + 1), where.line()),
      status == CUBLAS_STATUS_ALLOC_FAILED);
}

CublasHandle::CublasHandle(cudaStream_t stream) : workspace_(kWorkspaceBytes) {
  check_cublas(library_.create(&handle_), "cublasCreate");
  check_cublas(library_.set_stream(handle_, stream), "cublasSetStream");
  check_cublas(library_.set_workspace(handle_, workspace_.data(), kWorkspaceBytes),
               "cublasSetWorkspace");
  check_cublas(library_.set_math_mode(handle_, CUBLAS_TF32_TENSOR_OP_MATH), "cublasSetMathMode");
}

FastTraining::FastTraining(const std::vector<int32_t>& sizes, int batch, const TrainTask* tasks,
                           int networks, const CublasHandle& cublas, cudaStream_t stream)
    : sizes_(sizes),
      cublas_(cublas),
      stream_(stream),
      target_mean_(static_cast<size_t>(networks)),
      mini_batch_(1) {
  const int stride = (batch + 3) / 4 * 4;
  const size_t column = static_cast<size_t>(networks) * static_cast<size_t>(stride);
  int32_t widest = 0;
  int64_t offset = 0;
  for (size_t l = 0; l + 1 < sizes.size(); ++l) {
    outputs_.emplace_back(column * static_cast<size_t>(sizes[l + 1]));
    weight_offset_.push_back(offset);
    const int64_t biases = offset + int64_t{sizes[l]} * sizes[l + 1];
    layers_.push_back({sizes[l + 1], biases, outputs_.back().data()});
    offset = biases + sizes[l + 1];
    if (l > 0) widest = std::max(widest, sizes[l]);
  }
  weights_ = DeviceBuffer<float>(static_cast<size_t>(networks * offset));
  gradient_ = DeviceBuffer<float>(static_cast<size_t>(networks * offset));
  inputs_ = DeviceBuffer<float>(column * static_cast<size_t>(sizes[0]));
  for (DeviceBuffer<float>& buffer : input_gradient_)
    buffer = DeviceBuffer<float>(column * static_cast<size_t>(widest));
  group_ = {tasks,
            networks,
            batch,
            stride,
            offset,
            weights_.data(),
            gradient_.data(),
            inputs_.data(),
            target_mean_.data(),
            mini_batch_.data()};
}

FastTraining::~FastTraining() {
  if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
}

void FastTraining::forward() {
  const int networks = group_.networks;
  BatchedMatrix x{inputs_.data(), group_.stride, int64_t{sizes_[0]} * group_.stride};
  for (size_t l = 0; l < layers_.size(); ++l) {
    const int outputs = sizes_[l + 1];
    const BatchedMatrix w{weights_.data() + weight_offset_[l], outputs, group_.parameters};
    const BatchedMatrix y{layers_[l].output, group_.stride, int64_t{outputs} * group_.stride};
    multiply(cublas_, networks, CUBLAS_OP_N, CUBLAS_OP_T, group_.batch, outputs, sizes_[l], x, w,
             y);
    if (l + 1 < layers_.size())
      check_cuda(launch_fast_activation(group_, layers_[l], stream_), "fast_activation_kernel");
    x = y;
  }
}

void FastTraining::backward() {
  const int networks = group_.networks;
  const size_t last = layers_.size() - 1;
  check_cuda(launch_fast_output_gradient(group_, layers_[last], stream_),
             "fast_output_gradient_kernel");
  BatchedMatrix dy{layers_[last].output, group_.stride,
                   int64_t{layers_[last].units} * group_.stride};
  for (size_t l = last + 1; l-- > 0;) {
    const int inputs = sizes_[l];
    const int outputs = sizes_[l + 1];
    const int64_t distance = int64_t{inputs} * group_.stride;
    const BatchedMatrix x{l > 0 ? layers_[l - 1].output : inputs_.data(), group_.stride, distance};
    const BatchedMatrix dw{gradient_.data() + weight_offset_[l], outputs, group_.parameters};
    multiply(cublas_, networks, CUBLAS_OP_T, CUBLAS_OP_N, outputs, inputs, group_.batch, dy, x, dw);
    if (l == 0) break;
    const BatchedMatrix w{weights_.data() + weight_offset_[l], outputs, group_.parameters};
    const BatchedMatrix dx{input_gradient_[l % 2].data(), group_.stride, distance};
    multiply(cublas_, networks, CUBLAS_OP_N, CUBLAS_OP_N, group_.batch, inputs, outputs, dy, w, dx);
    check_cuda(launch_fast_hidden_gradient(group_, layers_[l - 1], dx.data, stream_),
               "fast_hidden_gradient_kernel");
    dy = dx;
  }
}

void FastTraining::queue_mini_batch() {
  check_cuda(launch_fast_inputs(group_, sizes_[0], stream_), "fast_inputs_kernel");
  forward();
  backward();
  check_cuda(launch_fast_update(group_, stream_), "fast_adam_kernel");
}

void FastTraining::capture() {
  check_cuda(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal),
             "cudaStreamBeginCapture");
  queue_mini_batch();
  cudaGraph_t graph = nullptr;
  check_cuda(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
  const cudaError_t error = cudaGraphInstantiate(&graph_, graph, 0);
  cudaGraphDestroy(graph);
  check_cuda(error, "cudaGraphInstantiate");
}

bool FastTraining::run(int mini_batches, const std::function<bool(int)>& goes_on) {
  check_cuda(launch_fast_begin(group_, stream_),
             {"fast_begin_kernel", group_.networks, kBlockThreads, 0});
  for (int m = 0; m < mini_batches; ++m) {
    if (!goes_on(m)) return false;
    if (graph_ != nullptr) {
      check_cuda(cudaGraphLaunch(graph_, stream_), "cudaGraphLaunch of a mini-batch");
      continue;
    }
    // The first mini-batch is queued call by call: cuBLAS may load kernels, which a capture
    // forbids.
    queue_mini_batch();
    capture();
  }
  check_cuda(launch_fast_end(group_, stream_),
             {"fast_end_kernel", group_.networks, kBlockThreads, 0});
  return true;
}

}  // namespace edgesweep
