#!/usr/bin/env bash
# Compiles the kernels with every nvcc that it finds, for every GPU from compute capability 7.0 on that this nvcc knows, gives their PTX to
# every other ptxas, and prints registers, stack, spills and static shared memory of each kernel.
# Fails when a compiler refuses a kernel, a kernel spills, one block of 256 threads has not enough registers, or static shared memory
# exceeds what host/engine/plan/device_plan.h leaves for it (kTrainingStaticShared, kSimulationStaticShared, kFleetStaticShared).
#   ptxas_report.sh RANDOM123_INCLUDE_DIR PLACES [OPTIONS_OF_NVCC...]      without any nvcc: exit code 77 (skipped)
# Looked at: PLACES (programs and folders, with colons between), PATH, /usr/local/cuda*, and the places that the environment variable
# EDGESWEEP_TOOLKITS names, such as virtual environments with the wheels nvidia-cuda-nvcc (nvcc) or nvidia-cuda-nvcc-cu12 (ptxas).
set -euo pipefail
cd "$(dirname "$0")/../.."
oldest_gpu=70
oldest_toolkit=12
# File, kernel, the most static shared memory.
kernels=(train:train_kernel:2560 targets:targets_kernel:2560 network_policies:network_policy_kernel:4096
  threshold_policies:threshold_kernel:0 fleet:fleet_kernel:0 learned_fleet:learned_fleet_kernel:7168
  clairvoyant:clairvoyant_kernel:1024 fast_train:fast_kernels:2560)
options=(-std=c++20 -O3 -I. -Xptxas=-v)
[ "$1" = /usr/include ] || options+=(-isystem "$1")  # searched anyway; named again it would hide the compiler's own headers
places=$2
options+=("${@:3}")
launcher=$(command -v ccache || true)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

# programs NAME: every nvcc or ptxas, each once.
programs() {
  local place
  {
    tr : '\n' <<<"$places"
    type -ap "$1" || true
    ls -d /usr/local/cuda*/bin/"$1" || true
    tr : '\n' <<<"${EDGESWEEP_TOOLKITS:-}"
  } 2>/dev/null | while read -r place; do
    if [ -d "$place" ]; then find "$place" -path "*/bin/$1"; else [ "${place##*/}" != "$1" ] || echo "$place"; fi
  done | while read -r place; do [ ! -x "$place" ] || realpath "$place"; done | awk '!seen[$0]++' || true
}

version() { "$1" --version | sed -nE 's/.*, V([0-9.]+)$/\1/p'; }
too_old() { [ "${1%%.*}" -lt "$oldest_toolkit" ]; }

# gpus WORD: numbers behind WORD_ in standard input that are ours, ascending; without letters (90a), which name what no other GPU has.
gpus() { { grep -oE "\b$1_[0-9]+\b" || true; } | cut -d_ -f2 | sort -nu | awk -v oldest=$oldest_gpu '$1 >= oldest'; }

# rows FILE: what ptxas -v said as lines "target registers stack spills static", the most of all functions.
rows() {
  awk '
    match($0, /for .sm_[0-9]+/) { target = substr($0, RSTART + 8, RLENGTH - 8); if (!(target in registers)) order[++count] = target }
    function most(values, pattern, value) {
      if (!match($0, pattern)) return
      value = substr($0, RSTART, RLENGTH)
      gsub(/[^0-9]/, "", value)
      if (value + 0 >= values[target] + 0) values[target] = value + 0
    }
    { most(registers, "Used [0-9]+ registers"); most(stack, "[0-9]+ bytes stack frame"); most(spills, "[0-9]+ bytes spill stores")
      most(static, "[0-9]+ bytes smem") }
    END { for (i = 1; i <= count; ++i) { t = order[i]; print t, registers[t] + 0, stack[t] + 0, spills[t] + 0, static[t] + 0 } }' "$1"
}

# judge FILE KERNEL MOST_STATIC TARGETS: prints the rows of a report, and what is wrong with them.
judge() {
  local target registers stack spills static threads=256 blocks seen=0
  case $2 in threshold_kernel | fleet_kernel) threads=32 ;; esac
  while read -r target registers stack spills static; do
    seen=$((seen + 1))
    [ "$registers" -gt 0 ] || { cat "$1"; echo "not a report of ptxas"; exit 1; }
    # Registers are given to warps in eights per thread; at most 32 blocks share a multiprocessor, on some GPUs fewer.
    blocks=$((65536 / ((registers + 7) / 8 * 8 * threads)))
    [ "$blocks" -le 32 ] || blocks=32
    printf '%-24s sm_%-5s %9s %6s %6s %7s %15s\n' "$2" "$target" "$registers" "$stack" "$spills" "$static" "$blocks"
    if [ "$spills" -gt 0 ]; then echo "  ^ spills" && status=1; fi
    if [ "$blocks" -lt 1 ]; then echo "  ^ no block fits" && status=1; fi
    if [ "$static" -gt "$3" ]; then echo "  ^ more static shared memory than $3" && status=1; fi
  done < <(rows "$1")
  [ "$seen" = "$4" ] || { cat "$1"; echo "$seen reports in place of $4"; exit 1; }
}

head_line() { printf '\n%s\n%-24s %-8s %9s %6s %6s %7s %15s\n' "$1" kernel target registers stack spills static "blocks per SM"; }

# takes NVCC [OPTION...]: it compiles at all, with the g++ that it finds or is given.
echo '__global__ void nothing() {}' >"$folder/nothing.cu"
takes() { "$@" -c "$folder/nothing.cu" -o "$folder/nothing.o" >"$folder/refusal" 2>&1; }

first_nvcc=()
versions=" "
while read -r nvcc; do
  number=$(version "$nvcc")
  case $versions in *" $number "*) continue ;; esac
  if too_old "$number"; then
    printf '\nnvcc %s (%s): older than CUDA %s\n' "$number" "$nvcc" "$oldest_toolkit"
    continue
  fi
  command=("$nvcc")
  for compiler in g++-16 g++-15 g++-14 g++-13 g++-12 g++-11 none; do
    takes "${command[@]}" && break
    command=("$nvcc" -ccbin "$compiler")
  done
  if [ "$compiler" = none ]; then
    takes "$nvcc" || cat "$folder/refusal"
    printf '\nnvcc %s (%s): there is no g++ that it takes\n' "$number" "$nvcc"
    continue
  fi
  versions+="$number "
  [ ${#first_nvcc[@]} -gt 0 ] || first_nvcc=("${command[@]}")
  mapfile -t targets < <("$nvcc" --list-gpu-arch | gpus compute)
  code=()
  for target in "${targets[@]}"; do code+=(-gencode "arch=compute_$target,code=sm_$target"); done
  head_line "nvcc ${command[*]} $number"
  for kernel in "${kernels[@]}"; do
    IFS=: read -r file name most_static <<<"$kernel"
    $launcher "${command[@]}" "${options[@]}" "${code[@]}" -c "kernels/$file.cu" -o "$folder/kernel.o" >"$folder/report" 2>&1 ||
      { cat "$folder/report"; exit 1; }
    judge "$folder/report" "$name" "$most_static" ${#targets[@]}
  done
done < <(programs nvcc)
if [ ${#first_nvcc[@]} -eq 0 ]; then
  echo "skipped: no nvcc"
  exit 77
fi

# ptx FILE GPU: the kernels' PTX for that GPU, made once.
ptx() {
  local result=$folder/$1.$2.ptx
  [ -e "$result" ] || "${first_nvcc[@]}" "${options[@]}" -ptx -arch="compute_$2" "kernels/$1.cu" -o "$result" >"$folder/report" 2>&1 ||
    { cat "$folder/report" >&2; exit 1; }
  echo "$result"
}
known=$("${first_nvcc[0]}" --list-gpu-arch | gpus compute)
# An older ptxas refuses newer PTX by the number in its first line, not by what it says: nothing here needs what came later. The same
# holds for sm_70, which no nvcc of CUDA 13 knows.
while read -r ptxas; do
  number=$(version "$ptxas")
  case $versions in *" $number "*) continue ;; esac
  versions+="$number "
  too_old "$number" && continue
  printf '.version 99.0\n.target sm_80\n' >"$folder/newest.ptx"
  isa=$("$ptxas" "$folder/newest.ptx" -o "$folder/kernel.o" 2>&1 | sed -nE "s/.*current version is '([0-9.]+)'.*/\1/p") || true
  [ -n "$isa" ] || { echo "$ptxas does not say which PTX it takes"; exit 1; }
  mapfile -t targets < <("$ptxas" --help | gpus sm)
  head_line "ptxas $ptxas $number, PTX $isa of nvcc $(version "${first_nvcc[0]}")"
  for kernel in "${kernels[@]}"; do
    IFS=: read -r file name most_static <<<"$kernel"
    for target in "${targets[@]}"; do
      from=75
      for gpu in $known; do
        case $gpu in 80 | 90 | 100 | 120) [ "$gpu" -gt "$target" ] || from=$gpu ;; esac
      done
      source=$(ptx "$file" "$from")
      sed -E "s/^\.version .*/.version $isa/; s/^\.target sm_75/.target sm_$((target < 75 ? target : 75))/" "$source" >"$folder/kernel.ptx"
      "$ptxas" -v --fmad false -arch="sm_$target" "$folder/kernel.ptx" -o "$folder/kernel.o" >"$folder/report" 2>&1 ||
        { cat "$folder/report"; exit 1; }
      judge "$folder/report" "$name" "$most_static" 1
    done
  done
done < <(programs ptxas)
exit $status
