#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <bit>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/terminal.h"
#include "host/engine/plan/startable_threads.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/replay_file.h"
#include "host/results/sequence_tables.h"
#include "host/results/temporary_files.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

/// Refused before any work.
void check_files(const std::vector<SequenceTable>& tables, bool force) {
  for (const SequenceTable& table : tables)
    if (file_exists(table.path) && !force)
      throw InputError(table.path, "", "a file that is there already",
                       "another folder with -o, or --force to overwrite it");
}

/// The SHA-256 of the values, as little-endian int32.
std::string write_sequences(const SequenceTable& table, ReplayTable& drawn) {
  static_assert(std::endian::native == std::endian::little);
  draw_sequences(table, drawn);
  const std::string folder = std::filesystem::path(table.path).parent_path().string();
  if (!folder.empty()) make_folder(folder);
  remove_leftovers(table.path);  // of one that was killed
  write_replay(table.path, table.dataset, drawn);
  return sha256_hex(drawn.values.data(), drawn.values.size() * sizeof(int32_t));
}

void print_tables(const std::vector<SequenceTable>& tables, const std::vector<std::string>& hashes,
                  bool as_json) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (size_t i = 0; i < tables.size(); ++i) {
    const SequenceTable& table = tables[i];
    if (!as_json)
      print_output("{}: {}, {} x {}, SHA-256 of the values {}\n", table.path, table.dataset,
                   table.size.sequences, table.size.images, hashes[i]);
    list.push_back({{"file", table.path},
                    {"dataset", table.dataset},
                    {"shape", {table.size.sequences, table.size.images}},
                    {"sha256", hashes[i]},
                    {"bytes", std::filesystem::file_size(table.path)}});
  }
  if (as_json) print_output("{}\n", nlohmann::ordered_json{{"tables", list}}.dump(1));
}

}  // namespace

int sequences_command(const SequencesOptions& options) {
  const std::string folder = options.folder.empty()
                                 ? std::filesystem::path(options.tables).parent_path().string()
                                 : options.folder;
  const std::vector<SequenceTable> tables = read_sequence_tables(options.tables, folder);
  check_files(tables, options.force);
  meet_file_limit_as_error();
  catch_interrupts();
  // One more than there are processors for, as one waits for the disk most of the time.
  const int threads = startable_threads(threads_to_use(options.threads) + 1, print_notice);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(threads));
  tbb::task_arena arena(threads);
  std::vector<std::string> hashes(tables.size());
  tbb::enumerable_thread_specific<ReplayTable>
      drawn;  // fresh memory would take a fifth of the time
  arena.execute([&] {
    tbb::parallel_for(
        size_t{0}, tables.size(),
        [&](size_t i) {
          if (!interrupted()) hashes[i] = write_sequences(tables[i], drawn.local());
        },
        tbb::simple_partitioner());
  });
  if (interrupted()) return kInterrupted;
  print_tables(tables, hashes, options.json);
  return 0;
}

}  // namespace edgesweep
