// What statistics read: rollups of the store, and the names of keys.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "controlplane/core/statistics.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::control::admin {

// `store` must outlive it.
RollupSource rollups_of(const store::Store& store, std::int64_t now_us);

// The names that keys had in their newest records; remembered, for the same few are asked for again and again. Thread rule: any thread.
class KeyNames {
 public:
  static constexpr std::size_t kMaxRemembered = 2'000;
  static constexpr int kMaxLookups = 20;  // in the store, of one answer; the rest are found the next time

  explicit KeyNames(const store::Store& store) : store_(store) {}

  // One answer's worth of questions.
  class Lookup {
   public:
    explicit Lookup(KeyNames& names) : names_(names) {}
    // Empty: it has none, or nobody knows.
    std::string name_of(const std::string& key_id);

   private:
    KeyNames& names_;
    int left_ = kMaxLookups;
  };

 private:
  const store::Store& store_;
  std::mutex mutex_;
  std::map<std::string, std::string> known_;
};

}  // namespace smartroute::control::admin
