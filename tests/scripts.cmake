# SPDX-License-Identifier: EUPL-1.2
# Tests that are scripts. Included by tests/CMakeLists.txt.
#
#   tests/scenarios/*.sh  label scenario; the programs of this build
#   tests/fault/*.sh      labels fault and slow; the programs of build/release
#   tests/model/model.sh  label model; needs spin
#
# Each starts in the build's tests folder and finds in its environment
#   WIJKHUB_BIN      the folder of the programs under test
#   WIJKHUB_SOURCE   this source tree
# Exit status 77 means skipped.

set(wh_release ${PROJECT_SOURCE_DIR}/build/release)

# wh_script(name script BIN dir LABELS … ARGS … TIMEOUT seconds)
function(wh_script name script)
    cmake_parse_arguments(arg "" "BIN;TIMEOUT" "LABELS;ARGS" ${ARGN})
    if(NOT arg_BIN)
        set(arg_BIN ${PROJECT_BINARY_DIR}/bin)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/${script} ${arg_ARGS})
    set_tests_properties(${name} PROPERTIES
        LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
        ENVIRONMENT "WIJKHUB_BIN=${arg_BIN};WIJKHUB_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()

wh_script(layers tests/layers.sh)
wh_script(layers_planted tests/layers_planted.sh)
wh_script(man tests/man.sh)
wh_script(docs tests/docs.sh)
wh_script(vera_schema tests/vera_schema.sh)
wh_script(zgw_schema tests/zgw_schema.sh)
if(TARGET wijkhub)
    wh_script(ops_register tests/ops_register_test.sh)
endif()

# The proof checker, on its own and in the command.
if(TARGET wijkhub-verify)
    add_test(NAME ops_verify COMMAND python3
        ${PROJECT_SOURCE_DIR}/tests/ops_verify.py
        $<TARGET_FILE:wijkhub-verify> "$<TARGET_FILE:wijkhub> verify")
    set_tests_properties(ops_verify PROPERTIES TIMEOUT 120)
endif()

# What the API answered in its tests is what openapi.json promises.
file(GLOB wh_api_tests CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/tests/adapters_api_*test.c)
set(wh_api_programs)
foreach(file ${wh_api_tests})
    get_filename_component(name ${file} NAME_WE)
    list(APPEND wh_api_programs $<TARGET_FILE:${name}>)
endforeach()
wh_script(api_answers tests/api_answers.sh ARGS ${wh_api_programs})

wh_script(slip tests/slip.sh ARGS $<TARGET_FILE:adapters_slip_test>)

# The blind hub, on the binary and on the linker's word.
if(TARGET wijkhub-broker)
    target_link_options(wijkhub-broker PRIVATE
        -Wl,-Map=$<TARGET_FILE:wijkhub-broker>.map)
    wh_script(sealed tests/sealed.sh ARGS $<TARGET_FILE:wijkhub-broker>
        $<TARGET_FILE:wijkhub-broker>.map)
endif()
set(wh_openers)
foreach(name loopback corporatie buurtteam wpi politie)
    if(TARGET wijkhub-adapter-${name})
        list(APPEND wh_openers $<TARGET_FILE:wijkhub-adapter-${name}>)
    endif()
endforeach()
wh_script(sealed_planted tests/sealed_planted.sh ARGS ${wh_openers})
set_property(TEST sealed_planted APPEND PROPERTY
    ENVIRONMENT "CC=${CMAKE_C_COMPILER}")

file(GLOB wh_scenarios CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/tests/scenarios/*.sh)
foreach(script ${wh_scenarios})
    get_filename_component(name ${script} NAME_WE)
    wh_script(scenario_${name} ${script} LABELS scenario TIMEOUT 300)
endforeach()

# Fault tests kill and flood: they run what operators run. Building it here
# makes plain ctest work; after ops/test there is nothing left to build.
file(GLOB wh_faults CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/tests/fault/*.sh)
if(wh_faults)
    add_test(NAME release_build COMMAND sh -c
        "cmake --preset release && cmake --build --preset release --target programs"
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(release_build PROPERTIES LABELS "fault;slow"
        FIXTURES_SETUP release RUN_SERIAL ON TIMEOUT 900)
endif()
foreach(script ${wh_faults})
    get_filename_component(name ${script} NAME_WE)
    wh_script(fault_${name} ${script} LABELS fault slow
        BIN ${wh_release}/bin TIMEOUT 300)
    set_tests_properties(fault_${name} PROPERTIES FIXTURES_REQUIRED release)
endforeach()

# What finds a late effect finds one that was planted: in a history, and in
# programs with a fault.
add_test(NAME withdraw_check
    COMMAND python3 ${PROJECT_SOURCE_DIR}/tests/withdraw_check_test.py)
if(TARGET planted_hub)
    wh_script(withdraw_planted tests/withdraw_planted.sh ARGS
        $<TARGET_FILE:planted_hub> $<TARGET_FILE:planted_recipient>
        LABELS scenario TIMEOUT 300)
endif()

# Five races with a thousand referrals each.
if(TEST fault_withdraw_race)
    set_tests_properties(fault_withdraw_race PROPERTIES TIMEOUT 900)
endif()

# The canary test dumps the broker's core, which sanitizers would make huge.
if(wh_faults)
    wh_script(canary tests/canary.sh LABELS scenario slow
        BIN ${wh_release}/bin TIMEOUT 300)
    set_tests_properties(canary PROPERTIES FIXTURES_REQUIRED release)
endif()

# Every state of a model of delivery and withdrawal; tests/model/README.md.
wh_script(model tests/model/model.sh ARGS --plain LABELS model TIMEOUT 900)
wh_script(model_mutations tests/model/model.sh ARGS --mutations
    LABELS model slow TIMEOUT 900)

# 32,000 restarts, one for each way that a last write can go wrong.
if(TARGET broker_torn_test)
    set_tests_properties(broker_torn_test PROPERTIES
        LABELS "fault;slow" TIMEOUT 600)
endif()
