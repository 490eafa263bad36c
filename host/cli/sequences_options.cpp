#include <CLI/CLI.hpp>

#include "host/cli/command_options.h"

namespace edgesweep {

void add_sequences(CLI::App& app, SequencesOptions& options, int& exit_code) {
  CLI::App* sequences = app.add_subcommand(
      "sequences", "Draw test sequences as the paper's released code does, as files to replay");
  sequences->footer(R"(
TABLES.json lists the files to write, each with the dataset index or gap, sequences x images, for metric_sequence.file
or arrivals.file of a config:

  {
    "image_count": 16667, "sequences": 100, "images": 100000,
    "tables": [
      {"file": "near.h5", "metric_sequence": {"type": "local_reset", "spread": 0.1, "reset_probability": 0.01}},
      {"file": "any.h5", "metric_sequence": {"type": "iid"}, "seed": 7},
      {"file": "bursts.h5", "arrivals": {"type": "markov_modulated", "interval_2": 6}, "first_row": 3}
    ]
  }

  file                  a path that is relative starts at FOLDER
  metric_sequence       as in a config, iid or local_reset; or
  arrivals              as in a config, markov_modulated
  image_count           test images of the dataset, for a metric_sequence
  sequences, images     the table's size
  seed                  0..4294967295; default 0
  first_row             the sequence that comes first, before those that follow it; those before it come last; default 0

image_count, sequences, images and seed may stand above the tables, for all that have none of their own. The values are
those of numpy.random.RandomState, whatever the machine and the threads.

Examples:
  edgesweep sequences tables.json                      writes next to tables.json
  edgesweep sequences tables.json -o /tmp/released --json)");
  sequences->add_option("TABLES", options.tables, "What to draw: a JSON file")
      ->required()
      ->type_name("TABLES.json");
  sequences
      ->add_option("-o,--output", options.folder, "Folder to write to; default: that of TABLES")
      ->type_name("FOLDER");
  sequences
      ->add_option("--threads", options.threads,
                   "Threads, a table each, and one more for what waits for the disk; "
                   "default: all this process may use")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  sequences->add_flag("--force", options.force, "Overwrite files that are there");
  sequences->add_flag("--json", options.json, "Say what was written as JSON");
  sequences->callback([&] { exit_code = sequences_command(options); });
}

}  // namespace edgesweep
