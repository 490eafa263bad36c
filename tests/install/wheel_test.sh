#!/usr/bin/env bash
# wheel_test.sh PROGRAM BUILD: python/build_wheel.sh makes a small wheel that needs only libraries of every system, and a user who is not root
# computes with it what the build's own program computes, here and in a Debian 13 that has nothing else.
set -euo pipefail
program=$1 build=$2
tests=$(cd "$(dirname "$0")/.." && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
"$tests/../python/build_wheel.sh" -b "$build" -o "$here/wheel" >log 2>&1 || { tail -n 40 log; exit 1; }
wheel=$(echo wheel/*.whl)

bytes=$(stat -c %s "$wheel")
[ "$bytes" -le 12000000 ] || { echo "$wheel has $bytes bytes"; exit 1; }
python3 -m zipfile -e "$wheel" unpacked
binary=unpacked/edgesweep/bin/edgesweep
readelf --dynamic "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort >needed
[ -s needed ]
if grep -vxE 'lib[cm]\.so\.6|libgcc_s\.so\.1|ld-linux[a-z0-9_-]*\.so\.[0-9]' needed; then
  echo "^ are not libraries of every system"
  exit 1
fi
case $(. /etc/os-release && echo "$ID$VERSION_ID") in
  # By what RHEL 9 and its relatives have.
  debian12) tag=manylinux_2_34 ;;
  *) tag='manylinux_2_[0-9]*' ;;
esac
grep -qE -- "-py3-none-${tag}_$(uname -m)\.whl\$" <<<"$wheel" || { echo "$wheel is not $tag"; exit 1; }
# Data, pages, licences.
for file in share/edgesweep/configs/schema.json share/edgesweep/configs/paper/paper.json share/doc/edgesweep/LICENSE \
  share/edgesweep/experiments/datasets/imagenet_top5.npz share/doc/edgesweep/licenses/libhdf5-dev; do
  [ -s "unpacked/edgesweep/$file" ] || { echo "$wheel has no $file"; exit 1; }
done

"$program" run "$tests/../configs/quickstart.json" -o ours.h5 --quiet >/dev/null
"$program" show ours.h5 | grep '^digest:' >ours
[ -s ours ]
"$tests/install/use_wheel.sh" "$wheel" >log 2>&1 || { cat log; exit 1; }
tail -n 1 log | diff ours -

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
  echo "Not in a clean Debian 13: that needs root and debootstrap"
  exit 77
fi
cp "$tests/install/use_wheel.sh" wheel
"$tests/chroot.sh" --files "$here/wheel" --with python3-venv trixie ./use_wheel.sh "${wheel##*/}" >log 2>&1 || { cat log; exit 1; }
tail -n 1 log | diff ours -
