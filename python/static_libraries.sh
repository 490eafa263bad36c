#!/usr/bin/env bash
# Builds the libraries that the program needs and the distribution has no usable static version of, from the distribution's own source
# packages in the installed versions: static_libraries.sh FOLDER
# Each lies in FOLDER/SOURCE_VERSION-KEY afterwards, with a list of these folders in FOLDER/prefixes; a second call builds only what differs.
set -euo pipefail
folder=${1:?usage: static_libraries.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
jobs=${EDGESWEEP_JOBS:-$(nproc)}

# archive NAME: where the compiler finds the distribution's static library.
archive() {
  "${CC:-cc}" -print-file-name="$1.a"
}

# options SOURCE: what CMake is told besides what all are told. HDF5 has what Debian's has but the reader of remote files (curl); libzip has
# the compression of NumPy's files, no encryption, and not the random numbers of glibc 2.36.
options() {
  case $1 in
    hdf5) echo -DHDF5_BUILD_TOOLS=OFF -DHDF5_BUILD_EXAMPLES=OFF -DHDF5_BUILD_HL_LIB=OFF -DHDF5_BUILD_CPP_LIB=OFF \
      -DHDF5_BUILD_FORTRAN=OFF -DHDF5_BUILD_UTILS=OFF -DHDF5_ENABLE_THREADSAFE=ON -DHDF5_ENABLE_Z_LIB_SUPPORT=ON \
      -DHDF5_ENABLE_SZIP_SUPPORT=ON -DHDF5_ENABLE_SZIP_ENCODING=ON "-DSZIP_LIBRARY=$(archive libsz);$(archive libaec)" \
      -DDEFAULT_API_VERSION=v18 -DHDF5_INSTALL_CMAKE_DIR=share/cmake/hdf5 ;;
    fmtlib) echo -DFMT_DOC=OFF -DFMT_TEST=OFF ;;
    highway) echo -DHWY_ENABLE_CONTRIB=OFF -DHWY_ENABLE_EXAMPLES=OFF -DHWY_ENABLE_TESTS=OFF ;;
    onetbb) echo -DTBB_TEST=OFF -DTBB_STRICT=OFF -DTBBMALLOC_BUILD=OFF ;;
    libzip) echo -DENABLE_COMMONCRYPTO=OFF -DENABLE_GNUTLS=OFF -DENABLE_MBEDTLS=OFF -DENABLE_OPENSSL=OFF -DENABLE_BZIP2=OFF \
      -DENABLE_LZMA=OFF -DENABLE_ZSTD=OFF -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF -DHAVE_ARC4RANDOM=OFF ;;
  esac
}

# apt_get ARGUMENT...: with the distribution's source packages, which the system's own lists may leave out.
apt_get() {
  apt-get -q -oDir::Etc::sourcelist=/dev/null -oDir::Etc::sourceparts="$folder/apt/sources" -oDir::State::Lists="$folder/apt/lists" \
    -oAPT::Sandbox::User="$(id -un)" "$@"
}

# Lists of source packages: the system's lists of packages with another type. Other archives may have no sources.
update_lists() {
  local list
  rm -rf "$folder/apt"
  mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial"
  for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$folder/apt/sources/${list##*/}"
  done
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >"$folder/apt/sources/${list##*/}.list"
  done
  apt_get update >"$folder/apt/log" 2>&1 || cat "$folder/apt/log" >&2
}

# build SOURCE VERSION PREFIX: in a shell of its own, since HDF5's configuration looks in the build folder for what it wrote into the current
# one.
build() (
  source=$1 version=$2 prefix=$3 work=$folder/work/$1
  echo "Building $source $version"
  rm -rf "$work" "$prefix"
  mkdir -p "$work/build"
  exec 3>&2 >"$work/log" 2>&1
  trap 'tail -n 40 "$work/log" >&3' ERR
  cd "$work"
  apt_get source --download-only "$source=$version"
  dpkg-source --no-check --extract ./*.dsc source
  cd build
  # Messages of HDF5 name its sources, which lie elsewhere on other machines.
  flags=-ffile-prefix-map=$work=$source
  # shellcheck disable=SC2046  # a list of words
  cmake -S ../source -B . -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DZLIB_USE_STATIC_LIBS=ON $(options "$source")
  cmake --build . -j "$jobs"
  cmake --install .
  touch "$prefix/built"
  rm -rf "$work"
)

updated='' prefixes=()
for package in libhdf5-dev libfmt-dev libhwy-dev libtbb-dev libzip-dev; do
  # shellcheck disable=SC2016  # dpkg-query's own variables
  read -r source version < <(dpkg-query -W -f='${source:Package} ${source:Version}\n' $package)
  key=$({ options "$source"; "${CC:-cc}" --version; cmake --version; } | sha256sum | cut -c 1-8)
  prefix=$folder/${source}_$version-$key
  if [ ! -e "$prefix/built" ]; then
    [ -n "$updated" ] || update_lists
    updated=yes
    build "$source" "$version" "$prefix"
  fi
  prefixes+=("$prefix")
done
(IFS=';' && echo "${prefixes[*]}") >"$folder/prefixes"
