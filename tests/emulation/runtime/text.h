#pragma once
// Texts of messages.

#include <string>

#include "emulated/vector_types.h"

namespace cuda_emulation {

/// printf into a string.
__attribute__((format(printf, 1, 2))) std::string format(const char* pattern, ...);

/// "(1,0,0)"
std::string index_text(uint3 index);

/// The function at a code address, "scale(float*, float)", with " at file:line" if the program has
/// debug information and binutils is installed. Slow: asks addr2line.
std::string function_text(const void* address);
std::string place_text(const void* address);

}  // namespace cuda_emulation
