# Every third-party library the project links, found once. Names on the right of sr_* are the only ones other files use.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 EXACT REQUIRED)
find_package(Protobuf REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(GTest REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(grpc++ REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(yamlcpp REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(simdjson REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(brotlidec REQUIRED IMPORTED_TARGET libbrotlidec)
pkg_check_modules(brotlienc REQUIRED IMPORTED_TARGET libbrotlienc)  # tests only
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
find_library(PROMETHEUS_CORE_LIBRARY prometheus-cpp-core REQUIRED)
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
find_program(MOLD mold)

add_library(sr_boost INTERFACE)
target_link_libraries(sr_boost INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(sr_boost INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_DATE_TIME
  # Coroutine frames that Asio keeps for reuse in each thread; a request nests up to eight.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)

add_library(sr_rocksdb INTERFACE)
target_link_libraries(sr_rocksdb INTERFACE ${ROCKSDB_LIBRARY})

add_library(sr_prometheus INTERFACE)
target_link_libraries(sr_prometheus INTERFACE ${PROMETHEUS_CORE_LIBRARY})

add_library(sr_decompress INTERFACE)
target_link_libraries(sr_decompress INTERFACE ZLIB::ZLIB PkgConfig::brotlidec)
