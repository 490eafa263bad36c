#pragma once
// A subset of CUDA's runtime, for a plain C++20 compiler: device code runs on
// the host, one fiber per CUDA thread. Names, values and meanings are the toolkit's; what is not
// declared here is not emulated. README.md says what is checked.

#if defined(__CUDACC__)
#error "the emulation's include folder must not be on nvcc's include path"
#endif

#include "emulated/device_builtins.h"
#include "emulated/error_codes.h"
#include "emulated/intrinsics.h"
#include "emulated/kernel_launch.h"
#include "emulated/runtime_api.h"
#include "emulated/streams_api.h"
#include "emulated/vector_types.h"
#include "emulated/warp.h"
