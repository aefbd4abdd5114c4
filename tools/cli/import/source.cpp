#include "tools/cli/import/source.hpp"

#include <algorithm>

#include "contract/config/report.hpp"
#include "tools/cli/import/spelling.hpp"

namespace smartroute::import {
namespace {

using config::Node;
using config::NodeKind;

constexpr std::string_view kUnknown = "SmartRoute knows no such setting";

bool is_leaf(const Node& node) { return node.kind == NodeKind::Null || node.kind == NodeKind::Scalar || node.children.empty(); }

std::string value_of(const Node& node, bool secret) {
  switch (node.kind) {
    case NodeKind::Null: return "null";
    case NodeKind::List: return "[]";
    case NodeKind::Map: return "{}";
    case NodeKind::Scalar: break;
  }
  const bool reference = is_reference(node.text);
  if ((secret && !reference && !node.text.empty()) || holds_password(node.text)) return "(hidden)";
  return config::shown(node.text);
}

}  // namespace

Source::Source(Node root) : root_(std::move(root)) { list(root_, "", false); }

void Source::list(const Node& node, const std::string& path, bool secret) {
  const std::size_t first = leaves_.size();
  if (is_leaf(node)) {
    leaves_.push_back({path, value_of(node, secret), node.line, Taken::Exactly, false, {}});
  } else {
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Node& child = node.children[i];
      const bool map = node.kind == NodeKind::Map;
      list(child, map ? config::member_path(path, child.key) : config::item_path(path, i), secret || (map && names_secret(child.key)));
    }
  }
  ranges_[&node] = {first, leaves_.size()};
}

void Source::mark(const Node& node, Taken taken, std::string why) {
  const auto found = ranges_.find(&node);
  if (found == ranges_.end()) return;
  for (std::size_t i = found->second.first; i < found->second.last; ++i) {
    Leaf& leaf = leaves_[i];
    if (leaf.marked && leaf.taken >= taken) continue;
    leaf.marked = true;
    leaf.taken = taken;
    leaf.why = why;
  }
}

void Source::refuse_rest(const Node& node, std::string_view why) {
  const auto found = ranges_.find(&node);
  if (found == ranges_.end()) return;
  for (std::size_t i = found->second.first; i < found->second.last; ++i) {
    Leaf& leaf = leaves_[i];
    if (leaf.marked) continue;
    leaf.marked = true;
    leaf.taken = Taken::NotAtAll;
    leaf.why = why;
  }
}

bool Source::is_marked(const Node& node) const {
  const auto found = ranges_.find(&node);
  return found != ranges_.end() && std::all_of(leaves_.begin() + static_cast<std::ptrdiff_t>(found->second.first),
                                               leaves_.begin() + static_cast<std::ptrdiff_t>(found->second.last), [](const Leaf& leaf) { return leaf.marked; });
}

void Source::give(Import& into) {
  refuse_rest(root_, kUnknown);
  for (Leaf& leaf : leaves_) {
    auto& list = leaf.taken == Taken::Exactly ? into.exactly : leaf.taken == Taken::Approximately ? into.approximately : into.not_at_all;
    list.push_back({std::move(leaf.path), std::move(leaf.value), std::move(leaf.why), leaf.line});
  }
}

const Node* member(const Node* node, std::string_view key) {
  if (!is_map(node)) return nullptr;
  for (const Node& child : node->children)
    if (child.key == key) return &child;
  return nullptr;
}

const Node* member_at(const Node& root, std::string_view path) {
  const Node* at = &root;
  while (at != nullptr && !path.empty()) {
    const auto dot = path.find('.');
    at = member(at, path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

bool is_text(const Node* node) { return node != nullptr && node->kind == NodeKind::Scalar; }
bool is_map(const Node* node) { return node != nullptr && node->kind == NodeKind::Map; }
bool is_list(const Node* node) { return node != nullptr && node->kind == NodeKind::List; }

}  // namespace smartroute::import
