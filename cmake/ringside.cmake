# The three kinds of targets. Sources are listed, never globbed; tests stand beside their code.

# Parsing the headers that nearly every file includes is half of a build. Every file still includes what it uses:
# the sanitizer presets build without.
function(ringside_precompiled_headers)
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cc "")
  add_library(ringside_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
  target_link_libraries(ringside_precompiled PRIVATE ringside_proto absl::statusor fmt::fmt)
  target_precompile_headers(ringside_precompiled PRIVATE
    <algorithm> <functional> <map> <memory> <optional> <string> <utility> <vector> <fmt/format.h>
    <absl/status/statusor.h> <ringside/v1/coordinator.pb.h> <ringside/v1/design.pb.h> <ringside/v1/device.pb.h>)
endfunction()

function(ringside_precompile name)
  if(TARGET ringside_precompiled AND NOT "${name}" MATCHES "proto")
    target_precompile_headers(${name} REUSE_FROM ringside_precompiled)
  endif()
endfunction()

# ringside_library(NAME SOURCES a.cc ... [DEPS target ...])
function(ringside_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  ringside_precompile(${name})
endfunction()

# ringside_binary(NAME SOURCES main.cc ... [DEPS target ...]): lands in BUILD/bin
function(ringside_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  ringside_precompile(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# ringside_test(NAME SOURCES a_test.cc ... [DEPS target ...] [LABELS fast|slow ...] [TIMEOUT s]
#               [ENVIRONMENT VAR=VALUE ...]): label fast unless said otherwise
function(ringside_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS fast)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  ringside_precompile(${name})
  if(RINGSIDE_SANITIZE MATCHES thread)
    list(APPEND ARG_ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp")
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
                       ENVIRONMENT "${ARG_ENVIRONMENT}")
endfunction()
