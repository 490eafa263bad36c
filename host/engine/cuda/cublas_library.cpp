#include "host/engine/cuda/cublas_library.h"

#include "host/error.h"

#if !defined(EDGESWEEP_EMULATED_CUDA)
#include <dlfcn.h>
#endif

namespace edgesweep {
namespace {

#if defined(EDGESWEEP_EMULATED_CUDA)

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

}  // namespace edgesweep
