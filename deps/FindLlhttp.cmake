# llhttp as dep::llhttp, compiled from the sources that deps/install.sh unpacks into deps/llhttp.
# Strict mode is not a matter of taste: without it 8.1.0 takes a header that ends in a bare CR
# (request smuggling, CVE-2023-30589).
set(VG_LLHTTP_DIR ${CMAKE_CURRENT_LIST_DIR}/llhttp CACHE PATH "llhttp.h, api.c, http.c, llhttp.c")

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Llhttp
    REQUIRED_VARS VG_LLHTTP_DIR
    REASON_FAILURE_MESSAGE "run deps/install.sh build")
foreach(file IN ITEMS llhttp.h api.c http.c llhttp.c)
    if(NOT EXISTS ${VG_LLHTTP_DIR}/${file})
        message(FATAL_ERROR "${VG_LLHTTP_DIR}/${file} is missing: run deps/install.sh build")
    endif()
endforeach()

if(NOT TARGET dep::llhttp)
    add_library(vg_dep_llhttp STATIC ${VG_LLHTTP_DIR}/api.c ${VG_LLHTTP_DIR}/http.c
        ${VG_LLHTTP_DIR}/llhttp.c)
    target_compile_definitions(vg_dep_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    target_compile_options(vg_dep_llhttp PRIVATE -w)
    target_include_directories(vg_dep_llhttp SYSTEM PUBLIC ${VG_LLHTTP_DIR})
    target_link_libraries(vg_dep_llhttp PRIVATE vg_instrument)
    add_library(dep::llhttp ALIAS vg_dep_llhttp)
endif()
