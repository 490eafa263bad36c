#pragma once

namespace edgesweep {

/// From now on the first Ctrl-C (or SIGTERM) only sets a flag: runs write their checkpoints and
/// end. The second ends the process at once with exit code 130.
void catch_interrupts();

/// From now on a file over the size limit (SIGXFSZ) is an error like a full disk.
void meet_file_limit_as_error();

bool interrupted();

}  // namespace edgesweep
