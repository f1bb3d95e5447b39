# SPDX-License-Identifier: EUPL-1.2
# How everything is compiled, and the helpers that folders use.
#
#   wh_sources(VAR dir)     every .c of one folder, re-read when files come and go
#   wh_embed(VAR file)      a file as the text NAME[] of a source in VAR, which is NAME
#   wh_proto(target file…)  generate protobuf-c code, compiled without our warnings
#   wh_test(name LIBS …)    one cmocka program per tests/<name>.c, run by ctest
#   wh_adapter(name LIBS …) the program wijkhub-adapter-<name> from adapters/<name>/,
#                           and what every adapter must do as a test of it

option(WH_WERROR "Warnings are errors" OFF)
option(WH_FUZZ "Build the libFuzzer targets" OFF)
set(WH_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Asserts guard against our own mistakes: they stay on in every build.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

find_package(PkgConfig REQUIRED)
foreach(lib libzmq libprotobuf-c libcrypto libcyaml yaml-0.1 jansson libxml-2.0
        libcurl libevent libevent_openssl libqrencode libsystemd cmocka)
    string(MAKE_C_IDENTIFIER ${lib} id)
    pkg_check_modules(${id} REQUIRED IMPORTED_TARGET ${lib})
endforeach()
find_library(LMDB_LIBRARY lmdb REQUIRED)
find_program(PROTOC_C protoc-c REQUIRED)
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

# What every file of ours is compiled with.
add_library(wh_flags INTERFACE)
target_include_directories(wh_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(wh_flags INTERFACE _GNU_SOURCE
    WH_VERSION="${PROJECT_VERSION}")
target_compile_options(wh_flags INTERFACE -Wall -Wextra -Wshadow
    -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla
    -Wpointer-arith -Wcast-qual -Wundef -Wformat=2 -Wswitch-enum
    -fno-common -fstack-protector-strong)
if(WH_WERROR)
    target_compile_options(wh_flags INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(wh_flags INTERFACE -D_FORTIFY_SOURCE=2 -fPIE)
    target_link_options(wh_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(WH_SANITIZE)
    add_compile_options(-fsanitize=${WH_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=undefined)
    string(REPLACE "fuzzer-no-link," "" WH_LINK_SANITIZE "${WH_SANITIZE}")
    add_link_options(-fsanitize=${WH_LINK_SANITIZE})
endif()

function(wh_sources var dir)
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/*.c)
    set(${var} ${found} PARENT_SCOPE)
endfunction()

function(wh_embed name file)
    set(out ${PROJECT_BINARY_DIR}/generated/${name}.c)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DIN=${PROJECT_SOURCE_DIR}/${file}
            -DOUT=${out} -DNAME=${name}
            -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${PROJECT_SOURCE_DIR}/${file}
            ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
        VERBATIM)
    set(${name} ${out} PARENT_SCOPE)
endfunction()

function(wh_proto target)
    set(out ${PROJECT_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${out}/proto)
    set(sources)
    foreach(file ${ARGN})
        set(base ${out}/proto/${file})
        add_custom_command(
            OUTPUT ${base}.pb-c.c ${base}.pb-c.h
            COMMAND ${PROTOC_C} --proto_path=${PROJECT_SOURCE_DIR}
                --c_out=${out} proto/${file}.proto
            DEPENDS ${PROJECT_SOURCE_DIR}/proto/${file}.proto
                ${PROJECT_SOURCE_DIR}/proto/envelope.proto
            VERBATIM)
        list(APPEND sources ${base}.pb-c.c)
    endforeach()
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} SYSTEM PUBLIC ${out})
    target_link_libraries(${target} PUBLIC PkgConfig::libprotobuf_c)
    set_target_properties(${target} PROPERTIES C_CLANG_TIDY "")
endfunction()

function(wh_test name)
    cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
    add_executable(${name} ${PROJECT_SOURCE_DIR}/tests/${name}.c)
    target_link_libraries(${name} PRIVATE wh_flags ${arg_LIBS}
        PkgConfig::cmocka)
    target_compile_definitions(${name} PRIVATE
        WH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()

function(wh_conformance name)
    set(test adapter_conformance_${name})
    add_executable(${test} ${PROJECT_SOURCE_DIR}/tests/adapter_conformance.c)
    target_compile_definitions(${test} PRIVATE WH_ADAPTER=${name}_ops)
    target_link_libraries(${test} PRIVATE wh_flags wh_test_support
        wh_adapter_${name} PkgConfig::cmocka)
    set_target_properties(${test} PROPERTIES C_CLANG_TIDY "")
    add_test(NAME ${test} COMMAND ${test})
    set_tests_properties(${test} PROPERTIES TIMEOUT 120)
endfunction()

function(wh_adapter name)
    cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
    wh_sources(sources adapters/${name})
    add_library(wh_adapter_${name} STATIC ${sources})
    target_link_libraries(wh_adapter_${name} PUBLIC wh_adapters ${arg_LIBS})
    wh_conformance(${name})
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/adapters/main.c)
        return()
    endif()
    add_executable(wijkhub-adapter-${name}
        ${PROJECT_SOURCE_DIR}/adapters/main.c)
    target_compile_definitions(wijkhub-adapter-${name} PRIVATE
        WH_ADAPTER=${name}_ops)
    target_link_libraries(wijkhub-adapter-${name} PRIVATE
        wh_adapter_${name})
    set_target_properties(wijkhub-adapter-${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
