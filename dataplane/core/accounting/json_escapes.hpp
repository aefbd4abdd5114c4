// Texts of JSON with fewer escapes than they were written with, and where each byte came from.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::accounting {

// From a place in the shorter text to its place in the longer one. Places only grow while it is made.
class PlaceMap {
 public:
  void clear() { jumps_.clear(); }
  // Behind `to` the text goes on as behind `from` of the longer one.
  void add(std::size_t to, std::size_t from) { jumps_.push_back({to, from}); }
  std::size_t origin(std::size_t to) const noexcept;

 private:
  struct Jump {
    std::size_t to, from;
  };
  std::vector<Jump> jumps_;
};

// Whether characters of keys may hide in escapes: \/ or \u00xx. May say yes for nothing.
bool may_hide_characters(std::string_view json) noexcept;

// Appends `json` with letters, digits and marks of keys written as themselves; all other escapes stay.
void reveal_characters(std::string_view json, std::string& out, PlaceMap& places);

// Appends the meaning of the inside of a string. A lone surrogate becomes U+FFFD; what is no escape stays as it is.
void unescape(std::string_view inside, std::string& out, PlaceMap& places);

}  // namespace smartroute::accounting
