# The libraries, each as dep::<word>. Versions are the least ones of deps/packages.txt; what is
# missing is installed by deps/install.sh.
find_package(PkgConfig REQUIRED)

function(vg_package word module)
    pkg_check_modules(${word} QUIET IMPORTED_TARGET GLOBAL ${module})
    if(NOT ${word}_FOUND)
        message(FATAL_ERROR "${module} is missing or too old: run deps/install.sh build test")
    endif()
    add_library(dep::${word} ALIAS PkgConfig::${word})
endfunction()

vg_package(uv      libuv>=1.44)
vg_package(curl    libcurl>=7.88)
vg_package(pq      libpq>=15)
vg_package(sqlite3 sqlite3>=3.40)
vg_package(yaml    yaml-0.1>=0.2.5)
vg_package(xxhash  libxxhash>=0.8.1)
vg_package(zlib    zlib>=1.2.13)
vg_package(zstd    libzstd>=1.5.4)
vg_package(openssl openssl>=3.0)
vg_package(nghttp2 libnghttp2>=1.52)
if(VG_TESTS)
    vg_package(cmocka cmocka>=1.1.5)
endif()

find_package(Llhttp REQUIRED)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
add_library(dep::threads ALIAS Threads::Threads)

add_library(vg_dep_m INTERFACE)
target_link_libraries(vg_dep_m INTERFACE m)
add_library(dep::m ALIAS vg_dep_m)
