#include "tools/cli/import/draft.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "contract/config/report.hpp"

namespace smartroute::import {
namespace {

using config::Node;
using config::NodeKind;

constexpr std::array<std::string_view, 12> kOrder{"gateway", "providers", "default_provider", "model_map", "models", "tiers",
                                                  "router",  "retry",     "health",           "params",    "logs",   "tracing"};

std::size_t place_of(const std::string& key) {
  return static_cast<std::size_t>(std::find(kOrder.begin(), kOrder.end(), key) - kOrder.begin());
}

void drop_empty(Draft& draft) {
  for (Draft& child : draft.children)
    if (child.key != "params") drop_empty(child);
  std::erase_if(draft.children, [](const Draft& child) { return child.empty(); });
}

Draft& collection_in(Draft& map, std::string_view key, NodeKind kind) {
  for (Draft& child : map.children)
    if (child.key == key) return child;
  Draft made;
  made.kind = kind;
  made.key = key;
  map.children.push_back(std::move(made));
  return map.children.back();
}

}  // namespace

Draft text(std::string_view value, const Node* from) {
  Draft draft;
  draft.kind = NodeKind::Scalar;
  draft.quoted = true;
  draft.text = value;
  draft.from = from;
  return draft;
}

Draft plain(std::string_view value, const Node* from) {
  Draft draft = text(value, from);
  draft.quoted = false;
  return draft;
}

Draft number(std::int64_t value, const Node* from) { return plain(std::to_string(value), from); }
Draft flag(bool value, const Node* from) { return plain(value ? "true" : "false", from); }

Draft copy_of(const Node& node) {
  Draft draft;
  draft.kind = node.kind;
  draft.quoted = node.quoted || (node.kind == NodeKind::Scalar && scalar_type(node) == config::ScalarType::Text);
  draft.key = node.key;
  draft.text = node.text;
  draft.from = &node;
  for (const Node& child : node.children) draft.children.push_back(copy_of(child));
  return draft;
}

Draft& map_in(Draft& map, std::string_view key) { return collection_in(map, key, NodeKind::Map); }
Draft& list_in(Draft& map, std::string_view key) { return collection_in(map, key, NodeKind::List); }

void set(Draft& map, std::string_view key, Draft value) {
  value.key = key;
  for (Draft& child : map.children) {
    if (child.key != key) continue;
    child = std::move(value);
    return;
  }
  map.children.push_back(std::move(value));
}

void add(Draft& list, Draft item) { list.children.push_back(std::move(item)); }

const Draft* find(const Draft& map, std::string_view key) {
  for (const Draft& child : map.children)
    if (child.key == key) return &child;
  return nullptr;
}

Node node_of(const Draft& draft) {
  Node node;
  node.kind = draft.kind;
  node.quoted = draft.quoted;
  node.key = draft.key;
  node.text = draft.text;
  for (const Draft& child : draft.children) node.children.push_back(node_of(child));
  return node;
}

void tidy(Draft& root) {
  drop_empty(root);
  std::stable_sort(root.children.begin(), root.children.end(), [](const Draft& a, const Draft& b) { return place_of(a.key) < place_of(b.key); });
}

std::vector<Spot> chain_to(Draft& root, std::string_view path) {
  std::vector<Spot> chain;
  Draft* at = &root;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    std::size_t index = at->children.size();
    if (path.starts_with('[')) {
      std::size_t number = at->children.size();
      std::from_chars(path.data() + 1, path.data() + path.size(), number);
      if (at->kind == NodeKind::List) index = number;
      path.remove_prefix(std::min(path.find(']'), path.size() - 1) + 1);
    } else {
      // Names may hold dots and brackets themselves: the longest member that fits.
      std::size_t longest = 0;
      for (std::size_t i = 0; i < at->children.size(); ++i) {
        if (at->kind != NodeKind::Map) break;
        const std::string key = config::member_path("", at->children[i].key);  // as problems show it
        if (key.empty() || !path.starts_with(key) || key.size() <= longest) continue;
        if (path.size() > key.size() && path[key.size()] != '.' && path[key.size()] != '[') continue;
        longest = key.size();
        index = i;
      }
      path.remove_prefix(longest);
    }
    if (index >= at->children.size()) break;
    chain.push_back({at, index});
    at = &at->children[index];
  }
  return chain;
}

}  // namespace smartroute::import
