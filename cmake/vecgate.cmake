# What a folder's CMakeLists.txt is written with: vg_layer, vg_program, vg_test, vg_fuzz, vg_bench.
# All flags travel with two INTERFACE targets; nothing is set globally.
#
#   vg_layer(call SOURCES call.c breaker.c LINK vg_contracts vg_transport dep::uv)
#   vg_program(vecgate SOURCES main.c serve.c LINK vg_front)
#   vg_test(unit/call/test_breaker.c LINK vg_call LABELS unit)         # ctest: unit/call/breaker
#   vg_fuzz(fuzz/read_query.c LINK vg_front CORPUS fuzz/corpus/read_query)  # ctest: fuzz/read_query
#   vg_bench(bench_json.c LINK vg_base)                                # built by the target `bench`
#
# Paths are relative to the folder that calls. A test runs in the root of the source tree.

# --- flags -----------------------------------------------------------------------------------

add_library(vg_instrument INTERFACE) # ours and foreign sources alike
if(VG_INSTRUMENT STREQUAL "asan")
    set(instrument -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(VG_INSTRUMENT STREQUAL "tsan")
    set(instrument -fsanitize=thread -fno-omit-frame-pointer)
elseif(VG_INSTRUMENT STREQUAL "fuzz")
    set(instrument -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
elseif(VG_INSTRUMENT STREQUAL "coverage")
    set(instrument --coverage -fprofile-update=atomic)
elseif(NOT VG_INSTRUMENT STREQUAL "")
    message(FATAL_ERROR "VG_INSTRUMENT=${VG_INSTRUMENT}: must be asan, tsan, fuzz, coverage or empty")
endif()
target_compile_options(vg_instrument INTERFACE ${instrument})
target_link_options(vg_instrument INTERFACE ${instrument})
if(VG_HARDEN)
    target_compile_options(vg_instrument INTERFACE -fPIE -fstack-protector-strong
        -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    target_link_options(vg_instrument INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

add_library(vg_flags INTERFACE)
target_compile_features(vg_flags INTERFACE c_std_11)
target_compile_options(vg_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Werror)
target_compile_definitions(vg_flags INTERFACE _GNU_SOURCE VG_VERSION="${PROJECT_VERSION}")
target_include_directories(vg_flags INTERFACE ${PROJECT_SOURCE_DIR}/include
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
target_link_libraries(vg_flags INTERFACE vg_instrument)

add_library(vg_contracts INTERFACE) # include/vecgate
target_link_libraries(vg_contracts INTERFACE vg_flags)

# --- layers and programs ---------------------------------------------------------------------

# The static library vg_<name>; what it links is what it may call.
function(vg_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    vg_no_leftovers(vg_layer ${name})
    if(arg_SOURCES)
        add_library(vg_${name} STATIC ${arg_SOURCES})
        target_link_libraries(vg_${name} PUBLIC vg_flags ${arg_LINK})
    else()
        add_library(vg_${name} INTERFACE)
        target_link_libraries(vg_${name} INTERFACE vg_flags ${arg_LINK})
    endif()
endfunction()

# A program at the top of the build directory. Hardened builds keep their debug information in
# <name>.debug beside it, where gdb finds it.
function(vg_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    vg_no_leftovers(vg_program ${name})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE vg_flags ${arg_LINK})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    if(VG_HARDEN)
        add_custom_command(TARGET ${name} POST_BUILD VERBATIM
            COMMAND ${CMAKE_OBJCOPY} --only-keep-debug ${name} ${name}.debug
            COMMAND ${CMAKE_OBJCOPY} --strip-unneeded --add-gnu-debuglink=${name}.debug ${name}
            WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
    endif()
endfunction()

# --- tests -----------------------------------------------------------------------------------

# One cmocka program and its ctest entry. Fuzz builds leave it out.
function(vg_test source)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LINK;LABELS")
    vg_no_leftovers(vg_test ${source})
    if(VG_INSTRUMENT STREQUAL "fuzz")
        return()
    endif()
    vg_name_of(${source} name)
    string(REPLACE "/" "_" target test_${name})
    add_executable(${target} ${source} ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE vg_flags ${arg_LINK} dep::cmocka)
    add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    vg_test_properties(${name} "${arg_LABELS}" "${arg_TIMEOUT}")
endfunction()

add_custom_target(fuzzers) # every fuzz target

# A fuzz target: LLVMFuzzerTestOneInput() of tests/support/fuzz.h. With VG_INSTRUMENT=fuzz a
# libFuzzer program; else a program that replays the corpus, and its ctest entry.
function(vg_fuzz source)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS;TIMEOUT" "SOURCES;LINK")
    vg_no_leftovers(vg_fuzz ${source})
    get_filename_component(short ${source} NAME_WE)
    get_filename_component(corpus ${arg_CORPUS} ABSOLUTE)
    set(target fuzz_${short})
    add_executable(${target} ${source} ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE vg_flags ${arg_LINK})
    add_dependencies(fuzzers ${target})
    if(VG_INSTRUMENT STREQUAL "fuzz")
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        set_property(GLOBAL APPEND_STRING PROPERTY VG_FUZZ_LIST
            "${target} $<TARGET_FILE:${target}> ${corpus}\n")
    else()
        target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/replay.c)
        add_test(NAME fuzz/${short} COMMAND ${target} ${corpus}
            WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
        vg_test_properties(fuzz/${short} fuzz "${arg_TIMEOUT}")
    endif()
endfunction()

add_custom_target(bench) # every benchmark

# A benchmark of one hot path: not part of `all`, built by the target `bench`.
function(vg_bench source)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    vg_no_leftovers(vg_bench ${source})
    get_filename_component(target ${source} NAME_WE)
    add_executable(${target} EXCLUDE_FROM_ALL ${source} ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE vg_flags ${arg_LINK})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
    add_dependencies(bench ${target})
endfunction()

# --- helpers ---------------------------------------------------------------------------------

# tests/unit/call/test_breaker.c -> unit/call/breaker
function(vg_name_of source out)
    get_filename_component(path ${source} ABSOLUTE)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${path})
    string(REGEX REPLACE "\\.c$" "" path ${path})
    string(REGEX REPLACE "^tests/" "" path ${path})
    string(REGEX REPLACE "(^|/)test_([^/]*)$" "\\1\\2" path ${path})
    set(${out} ${path} PARENT_SCOPE)
endfunction()

function(vg_test_properties name labels timeout)
    if(NOT timeout)
        set(timeout 240) # for what hangs: one that takes 15 s alone was seen to take 100 s beside others
    endif()
    set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout} ENVIRONMENT
        "ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:strict_string_checks=1:detect_stack_use_after_return=1;UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1;TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1;LC_ALL=C.UTF-8")
endfunction()

macro(vg_no_leftovers function what)
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${function}(${what}): unknown words: ${arg_UNPARSED_ARGUMENTS}")
    endif()
endmacro()

# <build>/fuzz-targets.txt: name, program and corpus of each libFuzzer target, one a line.
function(vg_write_fuzz_list)
    get_property(list GLOBAL PROPERTY VG_FUZZ_LIST)
    if(list)
        file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/fuzz-targets.txt CONTENT "${list}")
    endif()
endfunction()
