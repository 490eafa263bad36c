#!/usr/bin/env bash
# Runs a command in another Debian, on a copy of this source tree: chroot.sh SUITE [COMMAND...]
#   SUITE     bookworm, trixie, ...: a release that debootstrap knows
#   COMMAND   run in the copy's root; ./tests/run.sh if none is given
# Needs root, debootstrap and a network. The system is made once, in the folder that EDGESWEEP_CHROOTS names (default
# /var/tmp/edgesweep-chroots), with what the command installed and built; remove the folder to begin from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:?usage: tests/chroot.sh SUITE [COMMAND...]}
shift
[ $# -gt 0 ] || set -- ./tests/run.sh
root=${EDGESWEEP_CHROOTS:-/var/tmp/edgesweep-chroots}/$suite
if [ "$(id -u)" -ne 0 ]; then
  echo "chroot.sh: only root can change the root folder" >&2
  exit 1
fi

if [ ! -e "$root/made" ]; then
  mkdir -p "$root"
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" >"$root.log" 2>&1 || {
    tail -n 20 "$root.log" >&2
    exit 1
  }
  touch "$root/made"
fi
# How this machine reaches others holds there, too.
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf; do
  [ ! -e $file ] || cp $file "$root$file"
done

# Files keep their times, so that a second call builds only what changed; what was deleted here is deleted there.
source=$root/edgesweep
mkdir -p "$source"
if [ -e "$root/files" ]; then
  comm -z -23 "$root/files" <(git ls-files -z -co --exclude-standard | sort -z) | (cd "$source" && xargs -0r rm -f)
fi
git ls-files -z -co --exclude-standard | sort -z | while IFS= read -r -d '' file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done >"$root/files"
tar --create --null --files-from="$root/files" | tar --extract --directory="$source"

# The mounts end with the command.
# shellcheck disable=SC2016  # expanded by the shell inside
exec unshare --mount --propagation private -- bash -euc '
  root=$1
  shift
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/tmp"
  exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LC_ALL=C.UTF-8 CI="${CI:-}" bash -c "cd /edgesweep && exec \"\$@\"" bash "$@"
' bash "$root" "$@"
