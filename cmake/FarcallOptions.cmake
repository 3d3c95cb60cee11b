# What a build of farcall can be told, and what holds for every target.
option(FARCALL_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(FARCALL_BUILD_EXAMPLES "Build the examples and the programs with fixed names" ${PROJECT_IS_TOP_LEVEL})
option(FARCALL_BUILD_BENCH "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(FARCALL_INSTALL "Define what cmake --install does" ${PROJECT_IS_TOP_LEVEL})
option(FARCALL_WARNINGS_AS_ERRORS "Let a compiler's warning fail the build" ${PROJECT_IS_TOP_LEVEL})
set(FARCALL_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize takes them: address,undefined or thread")

# Whoever asks for nothing wants speed.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Decision 25. Tools that read one file at a time (clang-tidy, editors) want it off.
set(FARCALL_ONE_FILE_A_LAYER AUTO CACHE STRING
    "Compile each layer as one file, in which all of it can be inlined: ON, OFF, or AUTO, which is ON for speed")
set(farcall_one_file_a_layer "${FARCALL_ONE_FILE_A_LAYER}")
if(FARCALL_ONE_FILE_A_LAYER STREQUAL "AUTO")
  string(TOUPPER "${CMAKE_BUILD_TYPE}" farcall_build_type)
  set(farcall_one_file_a_layer OFF)
  if(farcall_build_type MATCHES "^(RELEASE|RELWITHDEBINFO)$" AND NOT FARCALL_SANITIZE)
    set(farcall_one_file_a_layer ON)
  endif()
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
if(FARCALL_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

find_program(FARCALL_CCACHE ccache)
if(FARCALL_CCACHE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FARCALL_CCACHE}")
endif()

add_library(farcall_warnings INTERFACE)
target_compile_options(farcall_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                                                  -Woverloaded-virtual $<$<BOOL:${FARCALL_WARNINGS_AS_ERRORS}>:-Werror>)
# g++ 12 sees overlapping copies where a std::string is appended to a literal (GCC bug 105651).
target_compile_options(farcall_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

if(FARCALL_SANITIZE)
  add_compile_options(-fsanitize=${FARCALL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FARCALL_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  if(FARCALL_SANITIZE MATCHES "thread")
    # ThreadSanitizer does not know of fences, and g++ warns of each. Asio's are not what orders our accesses: every
    # handler comes through the scheduler's mutex. For all targets, as tests and examples include Asio, too.
    add_compile_definitions(ASIO_DISABLE_FENCED_BLOCK)
  endif()
  if(FARCALL_SANITIZE MATCHES "undefined")
    # This one check opens a pipe to see whether an object is readable, and calls sound objects broken when a process
    # has no descriptor left: what the listener has to survive, and its test brings about.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()
