// Of a long ask the rules read both ends: instructions stand there, and what lies between is material (a pasted file, a log) whose words
// say nothing about the task. It also bounds what one prompt can cost.
#pragma once
#include <cstddef>
#include <string>

#include "contract/base/utf8.hpp"

namespace smartroute::classify {

inline constexpr std::size_t kEndBytes = 4 * 1024;

// Leaves a text of up to 2 * kEndBytes alone; cuts a longer one to its first and last kEndBytes with a line end between, never inside a
// UTF-8 sequence (up to 3 bytes less at each cut).
inline void keep_ends(std::string& text) {
  if (text.size() <= 2 * kEndBytes) return;
  std::size_t head = kEndBytes;
  for (int i = 0; i < 3 && continues_character(text[head]); ++i) --head;
  std::size_t tail = text.size() - kEndBytes;
  for (int i = 0; i < 3 && continues_character(text[tail]); ++i) ++tail;
  text.replace(head, tail - head, "\n");
}

}  // namespace smartroute::classify
