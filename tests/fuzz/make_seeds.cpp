// make_seeds FOLDER: writes the files that fuzzing starts from, FOLDER/<target>/<name>, each as the
// program or a test writes such files.
#include <hdf5.h>

#include <filesystem>
#include <iostream>

#include "host/engine/fleet/search.h"
#include "host/hdf5/hdf5_file.h"
#include "host/hdf5/hdf5_table.h"
#include "host/results/checkpoint.h"
#include "host/results/sealed_bytes.h"
#include "host/results/search_checkpoint.h"
#include "tests/support/classifier_files.h"
#include "tests/support/paths.h"
#include "tests/support/published_files.h"
#include "tests/support/sample_results.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

namespace fs = std::filesystem;

/// The path of a seed whose folder is there.
std::string seed(const std::string& folder, const std::string& target, const std::string& name) {
  fs::create_directories(folder + "/" + target);
  return folder + "/" + target + "/" + name;
}

void write_npz_seeds(const std::string& folder) {
  write_npz(seed(folder, "npz", "deflated"), npy_entries(small_dataset()));
  write_npz(seed(folder, "npz", "stored"), npy_entries(small_dataset()), /*deflated=*/false);
  write_pair_npz(seed(folder, "npz", "pair"), small_pair(6, 3));
  const std::vector<double> values{0, 1, 2, 0.5};
  write_bytes(seed(folder, "npz", "float64"), npy(values));
  write_bytes(seed(folder, "npz", "half"),
              npy(">f2", "(4,)", std::string("\x3c\0\0\0\x40\0\0\1", 8)));
  write_bytes(seed(folder, "npz", "int"), npy("<i4", "(4, 1)", bytes_of<int32_t>(values), 2));
  write_bytes(seed(folder, "npz", "bool"), npy("|b1", "(2, 2)", std::string("\0\1\1\0", 4), 3));
  std::string columns = npy("<u2", "(4, 3)", std::string(24, '\1'));
  columns.replace(columns.find("False"), 5, "True ");
  write_bytes(seed(folder, "npz", "columns"), columns);
}

void write_hdf5_seeds(const std::string& folder) {
  write_hdf5(seed(folder, "dataset", "packed"), small_dataset());
  write_hdf5(seed(folder, "dataset", "plain"), small_dataset(), /*packed=*/false);
  for (const Hdf5Format format : {Hdf5Format::v18, Hdf5Format::v110}) {
    const std::vector<unsigned char> bytes = hdf5_bytes(format, 0, [](hid_t file) {
      for (const auto& [name, values] : small_dataset())
        write_array(file, name, {values.size()}, values, Storage::compressed);
    });
    write_bytes(seed(folder, "dataset", format == Hdf5Format::v18 ? "v18" : "v110"),
                {bytes.begin(), bytes.end()});
  }
  PairArrays pair = small_pair(18, 3);
  write_pair_hdf5(seed(folder, "logits", "chunks"), pair, 4, 2);
  std::vector<double> costs(18, 0);
  pair = pair_with(pair, "strong_cost", costs);
  costs[3] = costs[7] = 1;
  write_pair_hdf5(seed(folder, "logits", "plain"), pair_with(pair, "weak_cost", costs));
  write_hdf5_table(seed(folder, "replay", "index"), "index", H5T_STD_I32LE, 2, 3,
                   {0, 5, 39, 1, 2, 3});
  write_hdf5_table(seed(folder, "replay", "gap"), "gap", H5T_STD_I64BE, 2, 2, {1, 2, 3, 4});
  write_hdf5_table(seed(folder, "replay", "small"), "gap", H5T_STD_U8LE, 1, 2, {1, 250});
}

void write_result_seeds(const std::string& folder) {
  write_results(seed(folder, "results", "sample"), sample_sweep());
  StoredSweep empty = sample_sweep();
  empty.runs.clear();
  write_results(seed(folder, "results", "empty"), empty);
}

/// Puts the one checkpoint of a folder, without its header, where seeds are.
void move_unsealed(const std::string& from, const std::string& to) {
  for (const auto& entry : fs::directory_iterator(from))
    write_bytes(to, read_bytes(entry.path().string()).substr(kSealBytes));
}

void write_checkpoint_seeds(const std::string& folder) {
  const TemporaryFolder scratch;
  TrainingState state;
  state.iteration = 7;
  state.weights = state.adam_mean = state.adam_square = {1, 2, 3, 4, 5, 6};
  state.best_iteration = 3;
  state.best_weights = state.weights;
  state.curve = {{0, 1e-3, kNan, 0.3, 0.31, 0.5}, {3, 1e-3, 0.02, 0.19, 0.1875, 20.75}};
  write_checkpoint(scratch.file("run"), {"run", "inputs"}, state);
  move_unsealed(scratch.file("run"), seed(folder, "checkpoint", "run"));
  SavedSearch search;
  search.switches = {"two", "five"};
  search.state.wanted = {1, 0, 1, 1};
  search.state.reward = {0.1, 0.0, -1e300, 5e-324};
  search.state.rounds = {2, 0, 1, 2};
  search.state.leader = {0, -1};
  write_search(scratch.file("search"), "key", search);
  move_unsealed(scratch.file("search"), seed(folder, "checkpoint", "search"));
}

void write_text_seeds(const std::string& folder) {
  write_bytes(seed(folder, "config", "small"), small_config(10));
  for (const auto& entry : fs::recursive_directory_iterator(source_dir() + "/configs"))
    if (entry.path().extension() == ".json" && entry.path().stem() != "schema")
      fs::copy_file(entry.path(), seed(folder, "config", entry.path().stem().string()),
                    fs::copy_options::overwrite_existing);
  write_bytes(seed(folder, "sequences", "tables"),
              R"({"image_count": 9, "sequences": 3, "images": 40, "tables": [
                {"file": "a.h5", "metric_sequence": {"spread": 0.5, "reset_probability": 0.01}},
                {"file": "b.h5", "metric_sequence": {"type": "iid"}, "seed": 7, "first_row": 2},
                {"file": "c.h5", "arrivals": {"type": "markov_modulated", "interval_1": 2,
                                              "interval_2": 6, "p_12": 0.2, "p_21": 5e-2}}]})");
  write_bytes(seed(folder, "csv", "losses"),
              kPublishedHeader +
                  "6,a,b,4,0.1,4,local_reset,0.1,0.1,periodic,95,0.2,2e-1,0.0003,0.3,1e-5,1e7,3e-5,"
                  "1,\n\"5a\"\"\",b,,,0.1,,iid,,,,,,0.19,,,,,,0,\"one, two\"\r\n");
  for (const char* name : {"fig5a", "fig9"})
    fs::copy_file(source_dir() + "/experiments/published/at_our_level/" + name + ".csv",
                  seed(folder, "csv", name), fs::copy_options::overwrite_existing);
}

}  // namespace
}  // namespace edgesweep::testing

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "make_seeds FOLDER\n";
    return 2;
  }
  using namespace edgesweep::testing;
  const std::string folder = arguments[1];
  write_npz_seeds(folder);
  write_hdf5_seeds(folder);
  write_result_seeds(folder);
  write_checkpoint_seeds(folder);
  write_text_seeds(folder);
}
