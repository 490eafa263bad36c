#pragma once
#include <optional>
#include <string>

#include "host/engine/fleet/search.h"
#include "host/engine/run/backend.h"

namespace edgesweep {

// Checkpoints of searches for `hierarchical`: one file a search, `<folder>/<start of its key's
// SHA-256>.search.h5`, until the sweep is done. What they hold is listed in results/README.md. May
// be called from any thread.

/// key: as RunObserver has it. Replaces what was kept, or leaves it as it was and throws
/// SystemError. Makes the folder if it is missing.
void write_search(const std::string& folder, const std::string& key, const SavedSearch& search);

/// Nothing when there is none. One that is damaged, of another format or another search is an
/// InputError that names the file and says that deleting it starts the search anew.
std::optional<SavedSearch> read_search(const std::string& folder, const std::string& key);

/// Removes all of them, and the folder when it is empty then.
void remove_searches(const std::string& folder);

}  // namespace edgesweep
