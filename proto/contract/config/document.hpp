// A document as a tree that remembers its lines: what YAML and JSON have in common, before anything
// is known about fields. Limits hold for both forms; beyond one of them a reader stops with a
// single problem.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/config/problem.hpp"

namespace smartroute::config {

constexpr std::size_t kMaxDocumentBytes = 4u
                                          << 20;  // of the text, and of all scalars after aliases
constexpr std::size_t kMaxDocumentDepth = 64;
constexpr std::size_t kMaxDocumentNodes = 100'000;  // after aliases
constexpr std::size_t kMaxKeyBytes = 256;

enum class NodeKind : std::uint8_t { Null, Scalar, List, Map };

struct Node {
  NodeKind kind = NodeKind::Null;
  bool quoted =
      false;        // Scalar: written in quotes or as a block, so it is text whatever it looks like
  int line = 0;     // of the key for a member of a Map, else of the value; from 1
  std::string key;  // name of a member of a Map, without control characters
  std::string text;            // Scalar: the characters as written, escapes undone
  std::vector<Node> children;  // items of a List, members of a Map; keys of one Map are distinct
};

enum class ScalarType : std::uint8_t { Text, Bool, Integer, Float };

// Type of a Scalar by the core schema of YAML 1.2, of which JSON's literals are a subset.
ScalarType scalar_type(const Node& scalar) noexcept;
ScalarType plain_type(std::string_view text) noexcept;

struct Document {
  Node root;          // Null when nothing could be read
  Problems problems;  // path empty; duplicate keys, syntax, limits. The later of two equal keys is
                      // left out of the tree
};

// YAML 1.2 as yaml-cpp reads it. Aliases are expanded; merge keys, tags other than !!str, !!map and
// !!seq, keys that are not text, and a second document are problems.
Document read_yaml(std::string_view text);

// RFC 8259, strictly: no comments, no byte order mark, no lone surrogates, no number beyond a
// double's range.
Document read_json(std::string_view text);

// Appends compact JSON with numbers and key order as written. What JSON cannot say (.inf, a
// hexadecimal beyond 64 bits) is written as null and its node added to `refused`.
void append_json(const Node& node, std::string& out, std::vector<const Node*>& refused);
void append_json_string(std::string_view text, std::string& out);

// Text of the tree for people: two spaces a level, short collections in one line. Ends with a
// newline. Precondition: nothing is nested deeper than kMaxDocumentDepth.
std::string write_yaml(const Node& root);
std::string write_json(const Node& root);

// Checks that come before any reading: size, UTF-8, control characters.
std::optional<Problem> refuse_text(std::string_view text);

}  // namespace smartroute::config
