# The few verbs with which every folder declares itself. Folder = namespace = target.
#
#   sr_library(NAME SOURCES... DEPS...)   static library from the folder's sources
#   sr_program(NAME SOURCES... DEPS...)   executable in build/<preset>/bin
#   sr_test(NAME SOURCES... DEPS... [LABELS...] [TIMEOUT s])  GoogleTest executable, one ctest entry
#   sr_fuzz(NAME SOURCES... DEPS... CORPUS dir)  libFuzzer target (fuzz preset); elsewhere a replay of the corpus, one ctest entry
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C CXX)
# Where libraries of our own are installed, below the prefix; installed programs find them from where they lie themselves.
set(SMARTROUTE_OWN_LIBRARIES lib/smartroute)
set(CMAKE_INSTALL_RPATH "\$ORIGIN/../${SMARTROUTE_OWN_LIBRARIES}")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

add_library(sr_flags INTERFACE)
target_include_directories(sr_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/proto)
target_compile_options(sr_flags INTERFACE -Wall -Wextra -Wshadow=local -Wnon-virtual-dtor -fno-omit-frame-pointer
  $<$<CXX_COMPILER_ID:GNU>:-fcoroutines>)
target_compile_definitions(sr_flags INTERFACE SMARTROUTE_VERSION="${PROJECT_VERSION}")
# tests/deploy/hardening.test.mjs reads from the programs that this worked. No -fcf-protection: Debian 12's start files and libraries are not marked,
# so its loader would never turn it on.
if(NOT SMARTROUTE_SANITIZE)
  target_link_options(sr_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(sr_flags INTERFACE -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(MOLD)
  target_link_options(sr_flags INTERFACE -fuse-ld=mold)
endif()
if(SMARTROUTE_SANITIZE)
  target_compile_options(sr_flags INTERFACE -fsanitize=${SMARTROUTE_SANITIZE} -fno-sanitize-recover=undefined)
  target_link_options(sr_flags INTERFACE -fsanitize=${SMARTROUTE_SANITIZE})
endif()
if(SMARTROUTE_FUZZ)
  target_compile_options(sr_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Release programs whose time is not counted in microseconds check the indices and iterators of the standard library. The data plane does not:
# its request path is measured, and what the checks cost there is not yet.
function(sr_checked name)
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CURRENT_SOURCE_DIR MATCHES "^${CMAKE_SOURCE_DIR}/(controlplane|tools/cli)(/|$)")
    target_compile_definitions(${name} PRIVATE _GLIBCXX_ASSERTIONS)
  endif()
endfunction()

function(sr_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_link_libraries(${name} PUBLIC sr_flags ${A_DEPS})
  sr_checked(${name})
endfunction()

function(sr_program name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE sr_flags ${A_DEPS})
  sr_checked(${name})
endfunction()

function(sr_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(SMARTROUTE_FUZZ)
    return()
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  add_executable(${name} ${A_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE sr_flags ${A_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "${A_LABELS}")
endfunction()

function(sr_fuzz name)
  cmake_parse_arguments(A "" "CORPUS" "SOURCES;DEPS" ${ARGN})
  if(SMARTROUTE_FUZZ)
    add_executable(${name} ${A_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${A_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME ${name}_corpus COMMAND ${name} ${A_CORPUS} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name}_corpus PROPERTIES TIMEOUT 120 LABELS fuzz)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  target_link_libraries(${name} PRIVATE sr_flags ${A_DEPS})
endfunction()
