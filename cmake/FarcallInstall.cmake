# What `cmake --install` puts where, so that find_package(farcall) finds it: the public headers, the libraries, the
# generator and farcall_generate().
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(farcall_package "${CMAKE_INSTALL_LIBDIR}/cmake/farcall")

install(TARGETS farcall farcall_base farcall_http farcall_hpack farcall_http2 farcall_rpc farcall_protocol farcall_net
                farcall_client farcall_server protoc-gen-farcall
        EXPORT farcall-targets
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT farcall-targets NAMESPACE farcall:: DESTINATION "${farcall_package}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/farcall" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/farcall-config.cmake.in"
                              "${PROJECT_BINARY_DIR}/farcall-config.cmake" INSTALL_DESTINATION "${farcall_package}")
# Before 1.0 every minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/farcall-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/farcall-config.cmake" "${PROJECT_BINARY_DIR}/farcall-config-version.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FarcallGenerate.cmake"
        DESTINATION "${farcall_package}")
