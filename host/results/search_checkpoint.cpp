#include "host/results/search_checkpoint.h"

#include <filesystem>
#include <mutex>
#include <vector>

#include "host/engine/fleet/search.h"
#include "host/error.h"
#include "host/hdf5/hdf5_file.h"
#include "host/hdf5/hdf5_table.h"
#include "host/hdf5/hdf5_table_reader.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"
#include "host/results/ownership/ownership.h"
#include "host/results/sealed_bytes.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSearchEnd = ".search.h5";

std::string name_of(const std::string& key) { return sha256_hex(key.data(), key.size()); }

std::string search_path(const std::string& folder, const std::string& key) {
  return folder + "/" + name_of(key).substr(0, 16) + kSearchEnd;
}

std::string header_of(const std::string& key) {
  return "edgesweep search checkpoint 1\nsearch " + name_of(key) + "\n";
}

std::vector<unsigned char> image_of(const std::string& key, const SavedSearch& search) {
  const SearchState& state = search.state;
  return sealed_bytes(header_of(key), [&](hid_t file) {
    write_integer_attribute(file, "passes", state.passes);
    write_table(file, "switches",
                {"Switches, each with all that its search depends on.",
                 {{"name", Texts(search.switches), ""},
                  {"leader", Integers(state.leader), "bucket, -1: none yet"}}});
    write_table(file, "pairs",
                {"Buckets, each at all switches.",
                 {{"wanted", Integers(state.wanted.begin(), state.wanted.end()), "may still win"},
                  {"reward", Numbers(state.reward), "sum so far"},
                  {"rounds", Integers(state.rounds), "gone through"}}});
  });
}

SavedSearch search_of(const std::vector<unsigned char>& image) {
  const std::lock_guard lock(hdf5_mutex());
  const Hdf5Silence silence;
  const Hdf5Group file = Hdf5Group::open_bytes("", image);
  std::vector<Column> switches{{"name", Texts{}, ""}, {"leader", Integers{}, ""}};
  read_table(file, "switches", switches);
  std::vector<Column> pairs{
      {"wanted", Integers{}, ""}, {"reward", Numbers{}, ""}, {"rounds", Integers{}, ""}};
  read_table(file, "pairs", pairs);
  SavedSearch search;
  search.switches = std::get<Texts>(switches[0].values);
  search.state.leader = std::get<Integers>(switches[1].values);
  const Integers& wanted = std::get<Integers>(pairs[0].values);
  search.state.wanted.assign(wanted.begin(), wanted.end());
  search.state.reward = std::get<Numbers>(pairs[1].values);
  search.state.rounds = std::get<Integers>(pairs[2].values);
  search.state.passes = read_integer_attribute(file, "passes");
  return search;
}

}  // namespace

void write_search(const std::string& folder, const std::string& key, const SavedSearch& search) {
  const std::vector<unsigned char> image = image_of(key, search);
  make_folder(folder);
  replace_file(search_path(folder, key), image);
}

std::optional<SavedSearch> read_search(const std::string& folder, const std::string& key) {
  const std::string path = search_path(folder, key);
  if (!file_exists(path)) return std::nullopt;
  const auto refuse = [&](const std::string& found) {
    return InputError(path, "", found,
                      "this search's checkpoint, whole; deleting the file makes the search start "
                      "from the beginning");
  };
  std::vector<unsigned char> image = read_file(path);
  if (!seal_holds(header_of(key), image))
    throw refuse("damaged content, or the checkpoint of another search or version");
  try {
    return search_of(image);
  } catch (const InputError& error) {
    throw refuse("damaged content (" + std::string(error.what()) + ")");
  } catch (const SystemError& error) {
    throw refuse(error.what());
  }
}

void remove_searches(const std::string& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; entry != fs::directory_iterator(); entry.increment(error))
    if (entry->path().filename().string().ends_with(kSearchEnd)) found.push_back(entry->path());
  for (const fs::path& path : found) {
    require_ownership(path.string());
    fs::remove(path, error);
    if (error) throw SystemError(path.string() + ": cannot be removed: " + error.message());
  }
  if (!found.empty()) remove_empty_folder(folder);
}

}  // namespace edgesweep
