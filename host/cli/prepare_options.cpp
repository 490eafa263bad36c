#include <CLI/CLI.hpp>

#include "host/cli/command_options.h"

namespace edgesweep {

void add_prepare(CLI::App& app, PrepareOptions& options, int& exit_code) {
  CLI::App* prepare = app.add_subcommand(
      "prepare", "Make a dataset of the outputs of a weak and a strong classifier of your own");
  prepare->footer(R"(
LOGITS holds, as .npz or HDF5 (their names in the reference's files in brackets):
  weak_logits (wlogit)    images x classes, before the softmax
  label (gt)              true class of each image, from 0
  strong_rank (srank)     rank of the true class in the strong classifier's output, from 1, or strong_logits (slogit)
  weak_rank (wrank)       optional; default: from weak_logits
  weak_cost, strong_cost  with --cost own: what each image costs, instead of ranks
  split                   optional: fold of each image
HDF5 logits are read in blocks and may be larger than memory.

Examples:
  edgesweep prepare logits.npz -o dataset.h5
  edgesweep prepare logits.h5 -o fold_2.npz --cost top1 --folds 3 --fold 2
  edgesweep prepare logits.npz -o 'data/{cost}_fold{fold}.h5' --cost all --fold all     three costs x all folds
  edgesweep run my.json --set 'dataset="dataset.h5"'   a relative path starts at the folder of my.json)");
  prepare->add_option("LOGITS", options.logits, "Logits, labels and ranks of both classifiers")
      ->required();
  prepare
      ->add_option(
          "-o,--output", options.output,
          "Dataset to write, HDF5 (.h5) or .npz by its ending. Several need {cost} and {fold} "
          "in the name, where their costs or folds differ")
      ->required()
      ->type_name("DATASET");
  prepare
      ->add_option("--cost", options.costs,
                   "top1 or top5: 1 where the true class is not among the first 1 or 5; rank10: "
                   "its rank, at most 10; own: weak_cost and strong_cost of the file; several as "
                   "top1,rank10; all: top1,top5,rank10; default top5")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  prepare
      ->add_option("--folds", options.folds,
                   "Without split: image i belongs to fold i mod N; default 3")
      ->check(CLI::Range(2, 1000000))
      ->type_name("N");
  prepare
      ->add_option(
          "--fold", options.test_folds,
          "The fold whose images are the test images, the others are for training; several "
          "as 0,2; all: each in turn; default 0")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("K");
  prepare
      ->add_option("--threads", options.threads,
                   "Threads; default: all this process may use. The dataset does not depend on it")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  prepare->add_flag("--force", options.force, "Overwrite datasets that are there");
  prepare->callback([&] { exit_code = prepare_command(options); });
}

}  // namespace edgesweep
