#!/usr/bin/env bash
# debian_test.sh BUILD: cpack makes Debian packages that name what the program needs, and an archive; both hold a program that runs.
set -euo pipefail
for tool in cpack dpkg-deb dpkg-shlibdeps file; do
  command -v "$tool" >/dev/null || { echo "no $tool"; exit 77; }
done
build=$1
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
for generator in DEB TGZ; do
  cpack --config "$build/CPackConfig.cmake" -G $generator -B "$here" >log 2>&1 || { cat log; exit 1; }
done

program=$(echo edgesweep_*.deb)
development=$(echo libedgesweep-dev_*.deb)
archive=$(echo edgesweep-*.tar.gz)
# By dpkg-shlibdeps: every library that the program loads, with the version that it needs.
dpkg-deb --field "$program" Depends >depends
for library in libc6 libstdc++6 libhdf5 libfmt libtbb libzip; do
  grep -q "$library" depends || { echo "$program does not depend on $library:"; cat depends; exit 1; }
done
dpkg-deb --contents "$program" >contents
for file in ./usr/bin/edgesweep ./usr/share/edgesweep/configs/quickstart.json ./usr/share/doc/edgesweep/LICENSE; do
  grep -q " $file\$" contents || { echo "$program has no $file:"; cat contents; exit 1; }
done
if grep -E '\.(a|h)$' contents; then
  echo "$program holds what only developers need"
  exit 1
fi
dpkg-deb --contents "$development" >contents
for file in libedgesweep_engine.a edgesweep-config.cmake host/sweep/expand.h; do
  grep -q "/$file\$" contents || { echo "$development has no $file:"; cat contents; exit 1; }
done

mkdir root empty
dpkg-deb --extract "$program" root
tar --extract --file "$archive" --strip-components=1 --one-top-level=unpacked
for edgesweep in "$here/root/usr/bin/edgesweep" "$here/unpacked/bin/edgesweep"; do
  rm -rf empty && mkdir empty
  (cd empty && "$edgesweep" run configs/quickstart.json --scale 0.01 --quiet && "$edgesweep" compare results/quickstart.h5) >log 2>&1 ||
    { cat log; exit 1; }
done
[ -n "$(find unpacked -name edgesweep-config.cmake)" ] || { echo "$archive has no CMake package"; exit 1; }
