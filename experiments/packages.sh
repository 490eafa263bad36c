# shellcheck shell=bash disable=SC2034  # lists for the scripts that source this
# Sourced by the scripts that build: installs the distribution's packages that are missing (Debian 12 or later), or says which.

edgesweep_packages=(g++ cmake ninja-build ccache pkg-config libhdf5-dev nlohmann-json3-dev libvalijson-dev libcli11-dev
  libfmt-dev libtbb-dev libhwy-dev librandom123-dev libzip-dev zlib1g-dev libssl-dev libgtest-dev libbenchmark-dev)
# For tests alone, which are skipped without them: the engine on arm64, emulated.
edgesweep_test_packages=(g++-aarch64-linux-gnu qemu-user)
# For tests/fuzz alone: without them it has no coverage and no sanitizers.
edgesweep_fuzz_packages=(clang libclang-rt-dev)
# For experiments/own_classifiers.sh alone: trains two classifiers, draws figures.
edgesweep_own_classifiers_packages=(python3-sklearn python3-h5py python3-jinja2 python3-numpy python3-matplotlib)
# For the paper's figures and report, and the tests of these.
edgesweep_paper_packages=(python3-h5py python3-jinja2 python3-numpy python3-matplotlib)

# For Experiments.Report alone, which looks at the page (98 MB to fetch).
edgesweep_browser_packages=(chromium-headless-shell)
# For Python.Torch alone: PyTorch with what the Python package needs (55 MB to fetch).
edgesweep_torch_packages=(python3-torch python3-h5py python3-pandas python3-tqdm)
# For Install.DebianPackage alone.
edgesweep_deb_packages=(dpkg-dev file)
# For python/build_wheel.sh alone: source packages, and the static libraries that HDF5 needs.
edgesweep_wheel_packages=(dpkg-dev libaec-dev python3-venv)
# For tests/gates; the other tools of the gates come from its requirements.txt.
edgesweep_gate_packages=(shellcheck)
# For tests/readers and tests/gates, whose own lists pip installs.
edgesweep_venv_packages=(python3-venv)

# Makes the virtual environment FOLDER of the list in the file LIST, unless it is there and of the same list.
install_python_packages() {
  local list=$1 folder=$2
  cmp -s "$list" "$folder/installed" && return 0
  install_missing_packages "${edgesweep_venv_packages[@]}" && /usr/bin/python3 -m venv --clear "$folder" || return 1
  echo "Installing with pip: $(grep -v '^#' "$list" | xargs)"
  if ! "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r "$list"; then
    echo "pip could not install $list: is there a network, and a package index that has these versions?" >&2
    return 1
  fi
  cp "$list" "$folder/installed"
}

# Prints a Python that has the packages above: the distribution's, if the first on PATH is another one without them.
python_with_packages() {
  local python
  for python in python3 /usr/bin/python3; do
    "$python" -c "import h5py, jinja2, matplotlib, numpy" 2>/dev/null && echo "$python" && return 0
  done
  echo "No python3 has h5py, jinja2, matplotlib and numpy (Debian: ${edgesweep_paper_packages[*]})" >&2
  return 1
}

install_missing_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  if [ ${#as_root[@]} -gt 0 ] && ! command -v sudo >/dev/null; then
    echo "Please install as root: apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
