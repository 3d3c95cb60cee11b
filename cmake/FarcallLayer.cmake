# farcall_layer(NAME SOURCES ... [LINKS lower layers and libraries ...])
#
# One static library per folder of src/. Its headers are reachable as "NAME/file.hpp", and only by targets that
# link it: each layer gets an include root of its own that holds nothing but a link to its folder, so an include
# of a higher layer does not compile. Installed libraries offer the public headers alone.
function(farcall_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  set(root "${PROJECT_BINARY_DIR}/include-roots/${name}")
  file(MAKE_DIRECTORY "${root}")
  file(CREATE_LINK "${PROJECT_SOURCE_DIR}/src/${name}" "${root}/${name}" SYMBOLIC)
  add_library(farcall_${name} STATIC ${arg_SOURCES})
  add_library(farcall::farcall_${name} ALIAS farcall_${name})
  if(farcall_one_file_a_layer)
    set_target_properties(farcall_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    # g++ inlines less in a large file unless it is told that the file may grow; and functions somewhat larger than usual.
    target_compile_options(farcall_${name} PRIVATE
                           "$<$<CXX_COMPILER_ID:GNU>:-finline-limit=600;--param=large-unit-insns=1000000>")
  endif()
  target_compile_features(farcall_${name} PUBLIC cxx_std_20)
  target_include_directories(farcall_${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                                    "$<BUILD_INTERFACE:${root}>")
  target_link_libraries(farcall_${name} PUBLIC ${arg_LINKS} PRIVATE $<BUILD_INTERFACE:farcall_warnings>)
endfunction()

# farcall_test(NAME SOURCES ... LINKS ...): a GoogleTest program, each of its cases one ctest entry.
function(farcall_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_executable(test_${name} ${arg_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${arg_LINKS} farcall_warnings GTest::gtest_main GTest::gmock)
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  gtest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 120)
endfunction()
