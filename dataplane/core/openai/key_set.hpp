// Finds a key that occurs twice in one JSON object. Cheap for the few keys real objects have, n log
// n for hostile ones.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/openai/json_scanner.hpp"

namespace smartroute::openai {

class KeySet {
 public:
  // Reuses memory of the object before.
  void clear();
  // Adds a key of `scanner`'s text and returns its meaning; the view lives until clear(), as long
  // as the text does.
  std::string_view add(const JsonScanner& scanner, const JsonString& key);
  // A key that was added twice, compared by meaning, so "a" and "\u0061" are one.
  std::optional<std::string_view> duplicate();

 private:
  std::vector<std::string_view> keys_;
  std::vector<std::unique_ptr<std::string>> unescaped_;
  std::uint64_t seen_ = 0;  // one bit a key, by a tiny hash: no bit hit twice means no duplicate
  bool suspicious_ = false;
};

}  // namespace smartroute::openai
