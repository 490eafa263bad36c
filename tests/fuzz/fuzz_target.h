#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "host/error.h"
#include "tests/support/files.h"

// A fuzz target reads `size` bytes as one kind of file that people bring. It returns, whatever the
// bytes are: what they may cause is an InputError or a SystemError, and nothing else.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace edgesweep::testing {

/// Calls `read`. All exceptions but a refusal leave it.
template <typename Read>
void read_or_refuse(const Read& read) {
  try {
    read();
  } catch (const InputError&) {   // a refusal
  } catch (const SystemError&) {  // another
  }
}

/// A folder of the process, removed at its end.
inline const std::string& fuzz_folder() {
  static const TemporaryFolder folder;
  return folder.path();
}

/// Puts the bytes into a file of that folder, and returns its path.
inline std::string fuzz_file(const std::string& name, const uint8_t* data, size_t size) {
  const std::string path = fuzz_folder() + "/" + name;
  write_bytes(path, {reinterpret_cast<const char*>(data), size});
  return path;
}

}  // namespace edgesweep::testing
