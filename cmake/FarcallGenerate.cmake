# farcall_generate(TARGET target PROTOS file.proto ... [IMPORT_DIRS dir ...])
#
# Runs protoc for each .proto, with the generators of protobuf (messages) and farcall (services), and adds the outcome
# to `target`, which also gets the include folder of the generated headers and is linked to farcall::farcall.
# A PROTO is found relative to the first of IMPORT_DIRS that holds it (default: the current source folder); its
# generated files keep that relative path, so "a/b.proto" is included as "a/b.farcall.hpp".
function(farcall_generate)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET" "PROTOS;IMPORT_DIRS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "farcall_generate: unknown argument \"${arg_UNPARSED_ARGUMENTS}\"; "
                        "it takes TARGET, PROTOS and IMPORT_DIRS")
  endif()
  if(NOT arg_TARGET OR NOT TARGET "${arg_TARGET}")
    message(FATAL_ERROR "farcall_generate: TARGET must name an existing target; add_executable or add_library first")
  endif()
  if(NOT arg_PROTOS)
    message(FATAL_ERROR "farcall_generate: PROTOS is empty; list the .proto files of ${arg_TARGET}")
  endif()
  if(NOT arg_IMPORT_DIRS)
    set(arg_IMPORT_DIRS "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()

  set(import_flags "")
  set(import_dirs "")
  foreach(dir IN LISTS arg_IMPORT_DIRS)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    list(APPEND import_dirs "${dir}")
    list(APPEND import_flags "--proto_path=${dir}")
  endforeach()

  set(out "${CMAKE_CURRENT_BINARY_DIR}/farcall_generated/${arg_TARGET}")
  file(MAKE_DIRECTORY "${out}")
  foreach(proto IN LISTS arg_PROTOS)
    _farcall_locate_proto("${proto}" "${import_dirs}" source relative)
    string(REGEX REPLACE "\\.proto$" "" stem "${relative}")
    set(messages "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h")
    set(services "${out}/${stem}.farcall.cpp" "${out}/${stem}.farcall.hpp")
    add_custom_command(
      OUTPUT ${messages} ${services}
      COMMAND protobuf::protoc ${import_flags} "--cpp_out=${out}"
              "--plugin=protoc-gen-farcall=$<TARGET_FILE:farcall::protoc-gen-farcall>" "--farcall_out=${out}" "${source}"
      DEPENDS "${source}" farcall::protoc-gen-farcall
      COMMENT "Generating the messages and services of ${relative}"
      VERBATIM)
    # The messages' code is protobuf's: its warnings are not for the users of farcall to mend.
    set_source_files_properties("${out}/${stem}.pb.cc" PROPERTIES COMPILE_OPTIONS "-w")
    target_sources("${arg_TARGET}" PRIVATE ${messages} ${services})
  endforeach()
  target_include_directories("${arg_TARGET}" SYSTEM PUBLIC "$<BUILD_INTERFACE:${out}>")
  target_link_libraries("${arg_TARGET}" PUBLIC farcall::farcall)
endfunction()

# Finds `proto` (absolute, or relative to an import folder or the current one) and the path that imports name it by.
function(_farcall_locate_proto proto import_dirs out_source out_relative)
  set(candidates "${proto}")
  if(NOT IS_ABSOLUTE "${proto}")
    set(candidates "")
    foreach(dir IN LISTS import_dirs)
      list(APPEND candidates "${dir}/${proto}")
    endforeach()
    list(APPEND candidates "${CMAKE_CURRENT_SOURCE_DIR}/${proto}")
  endif()
  foreach(candidate IN LISTS candidates)
    if(EXISTS "${candidate}")
      foreach(dir IN LISTS import_dirs)
        cmake_path(IS_PREFIX dir "${candidate}" NORMALIZE inside)
        if(inside)
          file(RELATIVE_PATH relative "${dir}" "${candidate}")
          set(${out_source} "${candidate}" PARENT_SCOPE)
          set(${out_relative} "${relative}" PARENT_SCOPE)
          return()
        endif()
      endforeach()
      message(FATAL_ERROR "farcall_generate: ${candidate} lies in none of IMPORT_DIRS (${import_dirs}); add its folder")
    endif()
  endforeach()
  message(FATAL_ERROR "farcall_generate: there is no ${proto} in ${import_dirs}")
endfunction()
