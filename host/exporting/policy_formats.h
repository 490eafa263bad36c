#pragma once
#include <string>
#include <vector>

#include "host/exporting/exported_policy.h"

namespace edgesweep {

/// The policy as a .npz file, docs/export.md#npz: every array that a decision needs, and the
/// example.
std::vector<unsigned char> policy_as_npz(const ExportedPolicy& policy);

/// The policy as a C99 header that decides with the engine's bits, docs/export.md#c. name: what its
/// functions begin with, a name in C.
std::string policy_as_c(const ExportedPolicy& policy, const std::string& name);

}  // namespace edgesweep
