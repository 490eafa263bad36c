#!/usr/bin/env bash
# Counts what train_kernel does and costs by its machine code (SASS), without a GPU: instructions of its loops, and cycles of a mini-batch
# with where they go. sass/machine.py has the rules and the table of latencies, which stay as they are: they give about 324,000
# and 978,000 cycles (71 and 781 outputs) for the kernel of commit e91b80f, as an independent reading of its SASS did:
#   git archive e91b80f kernels | tar -x -C FOLDER; sass_report.sh BUILD_FOLDER NVCC --sources FOLDER
# Fails on a non-coherent load (such loads may be stale: the kernel itself writes what it reads), on a spill, and, with --expected FILE,
# where cycles are not those of the file, which holds for one version of nvcc.
#   sass_report.sh BUILD_FOLDER NVCC [--sources FOLDER] [--targets 80,90,100,120] [--cycles 90,...] [--shapes NAME,...] [--expected FILE]
# Without nvcc: exit code 77 (skipped). nvdisasm is nvcc's neighbour, or what tests/run.sh installs into BUILD_FOLDER/sass.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1
nvcc=${2:-}
shift "$(($# < 2 ? $# : 2))"
if [ -z "$nvcc" ] || ! [ -x "$nvcc" ]; then
  echo "skipped: no nvcc"
  exit 77
fi
nvdisasm=
for candidate in "$(dirname "$nvcc")/nvdisasm" "$build"/sass/lib/python3*/site-packages/nvidia/cu*/bin/nvdisasm; do
  if [ -x "$candidate" ]; then nvdisasm=$candidate && break; fi
done
if [ -z "$nvdisasm" ]; then
  echo "no nvdisasm beside $nvcc: tests/run.sh installs it (tests/cuda/sass/requirements.txt)" >&2
  exit 1
fi
python=python3
"$python" -c "import numpy" 2>/dev/null || python=/usr/bin/python3
cd "$here/../.."
exec "$python" -B "$here/sass/report.py" --nvcc "$nvcc" --nvdisasm "$nvdisasm" --task "$build/tests/cuda/sass_task" "$@"
