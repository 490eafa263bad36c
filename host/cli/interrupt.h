#pragma once

namespace edgesweep {

/// From now on the first Ctrl-C (or SIGTERM) only sets a flag: runs write their checkpoints and
/// end. The second ends the process at once with exit code 130. SIGXFSZ is ignored, so that a file
/// over the size limit is an error like a full disk.
void catch_interrupts();

bool interrupted();

}  // namespace edgesweep
