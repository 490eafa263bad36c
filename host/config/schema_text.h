#pragma once
#include <string>

namespace edgesweep {

/// The text of configs/schema.json, as it was when the program was built (written by
/// cmake/embed_text.cmake).
std::string schema_text();

}  // namespace edgesweep
