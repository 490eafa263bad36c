# The real CUDA build. EDGESWEEP_CUDA: AUTO builds it where nvcc is found, ON insists, OFF leaves it out. Without it the program
# has the CPU engine alone, and the tests run the CUDA backend on the emulation (tests/emulation) all the same.
set(EDGESWEEP_CUDA AUTO CACHE STRING "Build the CUDA backend with nvcc: AUTO, ON or OFF")
set_property(CACHE EDGESWEEP_CUDA PROPERTY STRINGS AUTO ON OFF)

set(EDGESWEEP_HAS_NVCC OFF)
if(NOT EDGESWEEP_CUDA STREQUAL OFF AND NOT EDGESWEEP_SANITIZE)
  include(CheckLanguage)
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    find_program(EDGESWEEP_NVCC nvcc PATHS /usr/local/cuda/bin)
    if(EDGESWEEP_NVCC)
      set(CMAKE_CUDA_COMPILER ${EDGESWEEP_NVCC})
    endif()
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    # A100, H100, B200 and RTX 50 in machine code, and PTX of the last for what comes after. RTX 30 and 40 (8.6, 8.9) run sm_80.
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100-real 120)
    enable_language(CUDA)
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know how CUDA 13 spells it
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    endif()
    find_package(CUDAToolkit 12 REQUIRED)
    if(CCACHE_PROGRAM)
      set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
    endif()
    set(EDGESWEEP_HAS_NVCC ON)
  elseif(EDGESWEEP_CUDA STREQUAL ON)
    message(FATAL_ERROR "EDGESWEEP_CUDA is ON and no nvcc was found; set CUDACXX or CMAKE_CUDA_COMPILER")
  endif()
endif()
message(STATUS "CUDA backend with nvcc: ${EDGESWEEP_HAS_NVCC}")

# -fmad=false: as -ffp-contract=off for the host, every fused multiply-add is written as one.
function(edgesweep_nvcc_options target)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;-Xcompiler=-Wall,-Wextra,-ffp-contract=off;-Werror=all-warnings;-Xptxas=-v>")
endfunction()
