#pragma once
#include <cublas_v2.h>

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

}  // namespace edgesweep
