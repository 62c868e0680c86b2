# vg_hnswlib: the peer of the graph's benchmark, where a C++ compiler and libhnswlib-dev are at hand;
# without them the benchmark shows our figures alone. The product itself is C alone. hnswlib chooses
# its kernels when it is compiled, so it is compiled for this very machine, with its makers' -O3.
include(CheckLanguage)
check_language(CXX)
find_path(VG_HNSWLIB_INCLUDE hnswlib/hnswlib.h)
if(CMAKE_CXX_COMPILER AND VG_HNSWLIB_INCLUDE AND NOT VG_INSTRUMENT)
    enable_language(CXX)
    add_library(vg_hnswlib STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/hnswlib_peer.cpp)
    target_compile_features(vg_hnswlib PRIVATE cxx_std_17)
    target_compile_options(vg_hnswlib PRIVATE -O3 -march=native -Wall)
    target_include_directories(vg_hnswlib PRIVATE ${PROJECT_SOURCE_DIR})
    target_include_directories(vg_hnswlib SYSTEM PRIVATE ${VG_HNSWLIB_INCLUDE})
endif()
