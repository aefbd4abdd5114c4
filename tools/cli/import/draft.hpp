// Our document while it is written: a tree in which each value remembers where it came from. Internal to import/.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "contract/config/document.hpp"

namespace smartroute::import {

struct Draft {
  config::NodeKind kind = config::NodeKind::Map;
  bool quoted = false;
  bool doomed = false;                 // to be left out
  std::string key, text;
  const config::Node* from = nullptr;  // value of the input; null: nobody's
  std::deque<Draft> children;          // stable addresses while one is added

  bool empty() const { return kind != config::NodeKind::Scalar && children.empty(); }
};

Draft text(std::string_view value, const config::Node* from = nullptr);
Draft plain(std::string_view value, const config::Node* from = nullptr);  // a number or a bool, as written
Draft number(std::int64_t value, const config::Node* from = nullptr);
Draft flag(bool value, const config::Node* from = nullptr);
// A copy of a tree, each value from its own.
Draft copy_of(const config::Node& node);

// The member of a mapping, made as a mapping or list if it is not there.
Draft& map_in(Draft& map, std::string_view key);
Draft& list_in(Draft& map, std::string_view key);
// Sets a member; the former value goes.
void set(Draft& map, std::string_view key, Draft value);
void add(Draft& list, Draft item);
const Draft* find(const Draft& map, std::string_view key);

config::Node node_of(const Draft& draft);
// Members of the top level in the order of our schema; empty mappings and lists are left out, at every depth but in `params`.
void tidy(Draft& root);

// The value that a path of a problem means, or the nearest that is there: {"tiers", "t1", "models", 2}. `parent` is the one that holds it.
struct Spot {
  Draft* parent = nullptr;
  std::size_t index = 0;
};
// The chain from the top level down to what `path` names, as far as it exists.
std::vector<Spot> chain_to(Draft& root, std::string_view path);

}  // namespace smartroute::import
