#include "dataplane/core/admission/key_load.hpp"

namespace smartroute::admission {

std::shared_ptr<KeyLoad> KeyLoads::of(std::string_view key_id) {
  const auto found = entries_.find(key_id);
  if (found != entries_.end()) return found->second;
  return entries_.emplace(std::string(key_id), std::make_shared<KeyLoad>()).first->second;
}

void KeyLoads::forget_unused() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace smartroute::admission
