// The foreign document, and what became of each value in it. Every leaf (a scalar, an empty list or mapping) ends in exactly one of three lists.
// Internal to import/.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract/config/document.hpp"
#include "tools/cli/import/import.hpp"

namespace smartroute::import {

// Thread rule: none of its own. Nodes are known by their address: the object stays where it is.
class Source {
 public:
  explicit Source(config::Node root);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const config::Node& root() const noexcept { return root_; }

  // Each marks every leaf below `node`. Of two marks the more cautious one stays: not taken is never made exact again.
  void exact(const config::Node& node) { mark(node, Taken::Exactly, {}); }
  void approximate(const config::Node& node, std::string how) { mark(node, Taken::Approximately, std::move(how)); }
  void refuse(const config::Node& node, std::string why) { mark(node, Taken::NotAtAll, std::move(why)); }
  // As refuse(), but only what nobody has marked.
  void refuse_rest(const config::Node& node, std::string_view why);
  bool is_marked(const config::Node& node) const;

  // Moves the findings out, in the order of the document; what nobody marked is not taken, as unknown.
  void give(Import& into);

 private:
  struct Leaf {
    std::string path, value;
    int line = 0;
    Taken taken = Taken::Exactly;
    bool marked = false;
    std::string why;
  };
  struct Range {
    std::size_t first = 0, last = 0;
  };
  void list(const config::Node& node, const std::string& path, bool secret);
  void mark(const config::Node& node, Taken taken, std::string why);

  const config::Node root_;
  std::vector<Leaf> leaves_;
  std::unordered_map<const config::Node*, Range> ranges_;
};

// The member of a mapping; null if there is none, or `node` is none.
const config::Node* member(const config::Node* node, std::string_view key);
// "a.b.c", a member of a member.
const config::Node* member_at(const config::Node& root, std::string_view path);
bool is_text(const config::Node* node);      // a scalar, whatever its type
bool is_map(const config::Node* node);
bool is_list(const config::Node* node);

}  // namespace smartroute::import
