# cmake --install: the program with its data and pages (component program), and the libraries with their headers and the CMake package
# (component development). Below the prefix, data lie as in the sources, so that paths inside configs hold.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(data ${CMAKE_INSTALL_DATADIR}/edgesweep)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/edgesweep)

install(TARGETS edgesweep EXPORT edgesweep RUNTIME COMPONENT program)
# What experiments/*.sh make is not here, so neither are the configs that read it.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${data} COMPONENT program
        FILES_MATCHING PATTERN "*.json" PATTERN "own_*.json" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/experiments/datasets/imagenet_top5.npz ${PROJECT_SOURCE_DIR}/experiments/datasets/README.md
        DESTINATION ${data}/experiments/datasets COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/experiments/published DESTINATION ${data}/experiments COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
              ${PROJECT_SOURCE_DIR}/CITATION.cff DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program
        FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
set(EDGESWEEP_LICENSES "" CACHE PATH "Folder of licences of what is inside a static program")
if(EDGESWEEP_LICENSES)
  install(DIRECTORY ${EDGESWEEP_LICENSES}/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/licenses COMPONENT program)
endif()

install(TARGETS edgesweep_flags ${EDGESWEEP_LIBRARIES} EXPORT edgesweep ARCHIVE COMPONENT development)
# The backends' own headers (engine/cpu, engine/cuda) and those of the commands are nobody else's.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/host ${PROJECT_SOURCE_DIR}/kernels DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/edgesweep
        COMPONENT development FILES_MATCHING PATTERN "*.h" PATTERN "*.cuh"
        PATTERN cli EXCLUDE PATTERN cpu EXCLUDE PATTERN cuda EXCLUDE PATTERN no_cuda EXCLUDE)
install(EXPORT edgesweep NAMESPACE edgesweep:: FILE edgesweep-targets.cmake DESTINATION ${package} COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/edgesweep-config.cmake.in ${PROJECT_BINARY_DIR}/edgesweep-config.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/edgesweep-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/edgesweep-config.cmake ${PROJECT_BINARY_DIR}/edgesweep-config-version.cmake
        DESTINATION ${package} COMPONENT development)

# cpack -G TGZ: one archive of everything. cpack -G DEB: one package a component.
set(CPACK_PACKAGE_NAME edgesweep)
set(CPACK_PACKAGE_VENDOR "The edgesweep authors")
set(CPACK_PACKAGE_CONTACT "The edgesweep authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sweeps over policies for offloading images under a token bucket")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_RESOURCE_FILE_README ${PROJECT_SOURCE_DIR}/README.md)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME edgesweep)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libedgesweep-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "The program with its configs, dataset and published losses")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Static libraries, headers and the CMake package")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "edgesweep (= ${PROJECT_VERSION}), libhdf5-dev, nlohmann-json3-dev, libfmt-dev, \
libtbb-dev, libhwy-dev, librandom123-dev, libzip-dev, zlib1g-dev, libssl-dev, pkg-config")
include(CPack)
