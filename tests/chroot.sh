#!/usr/bin/env bash
# Runs a command in another Debian, on a copy of this source tree: chroot.sh [--files FOLDER] [--with PACKAGE] SUITE [COMMAND...]
#   SUITE            bookworm, trixie, ...: a release that debootstrap knows
#   COMMAND          run in the copy's root; ./tests/run.sh if none is given
#   --files FOLDER   copy these files instead, into a system that has never had anything else
#   --with PACKAGE   a package that such a system has from the beginning
# Needs root, debootstrap and a network. The system is made once, in the folder that EDGESWEEP_CHROOTS names (default
# /var/tmp/edgesweep-chroots), with what the command installed and built; remove the folder to begin from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
files='' packages=ca-certificates
while [[ ${1:-} == --* ]]; do
  case $1 in
    --files) files=$(realpath "$2") ;;
    --with) packages+=,$2 ;;
    *) exit 2 ;;
  esac
  shift 2
done
suite=${1:?usage: tests/chroot.sh SUITE [COMMAND...]}
shift
[ $# -gt 0 ] || set -- ./tests/run.sh
root=${EDGESWEEP_CHROOTS:-/var/tmp/edgesweep-chroots}/$suite${files:+-clean}
if [ "$(id -u)" -ne 0 ]; then
  echo "chroot.sh: only root can change the root folder" >&2
  exit 1
fi

if [ ! -e "$root/made" ]; then
  mkdir -p "$root"
  debootstrap --variant=minbase --include="$packages" "$suite" "$root" >"$root.log" 2>&1 || {
    tail -n 20 "$root.log" >&2
    exit 1
  }
  touch "$root/made"
fi
# How this machine reaches others holds there, too.
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
  [ ! -e $file ] || cp $file "$root$file"
done

# Only what differs is copied, so that a second call builds only what changed; what was deleted here is deleted there.
source=$root/edgesweep
mkdir -p "$source"
list=(git ls-files -z -co --exclude-standard)
if [ -n "$files" ]; then
  cd "$files"
  list=(find . -type f -print0)
fi
"${list[@]}" | sort -z >"$root/files.new"
if [ -e "$root/files" ]; then
  comm -z -23 "$root/files" "$root/files.new" | (cd "$source" && xargs -0r rm -f)
fi
while IFS= read -r -d '' file; do
  [ -e "$file" ] || continue
  cmp -s "$file" "$source/$file" || cp --parents --preserve=mode "$file" "$source"
done <"$root/files.new"
mv "$root/files.new" "$root/files"

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
