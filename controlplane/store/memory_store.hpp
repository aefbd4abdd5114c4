// A Store that forgets everything when it goes. Same behaviour otherwise
// (store_conformance_test.cpp).
#pragma once
#include <memory>

#include "controlplane/store/store.hpp"

namespace smartroute::store {

std::unique_ptr<Store> make_memory_store();

}  // namespace smartroute::store
