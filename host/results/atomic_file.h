#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace edgesweep {

/// Replaces the file at `path` by `content`, or leaves it as it was: writes a temporary file beside
/// it (temporary_files.h), fsync, rename over it, fsync of the folder. The new file has the old
/// one's mode and, where the system allows it, its owner and group; without an old one the umask
/// decides. On failure the temporary file is removed and SystemError says path and reason;
/// BusyError when this process owned the path and another one has taken it over (ownership.h).
void replace_file(const std::string& path, const std::vector<unsigned char>& content);

/// The same with whatever `write` writes to the descriptor of the empty temporary file; it returns
/// 0 or the error (errno). May throw: then the file stays as it was, too.
void replace_file(const std::string& path, const std::function<int(int descriptor)>& write);

/// Makes the folder with those above it, if missing, so that it survives a power cut. Throws
/// SystemError.
void make_folder(const std::string& path);

/// The file itself where a symbolic link was given: what lies beside a results file belongs there,
/// and a rename would replace the link.
std::string without_link(const std::string& path);

/// False if nothing is there. InputError if it is no regular file, SystemError if it cannot be
/// read.
bool file_exists(const std::string& path);

/// The whole file. SystemError when it cannot be read.
std::vector<unsigned char> read_file(const std::string& path);

}  // namespace edgesweep
