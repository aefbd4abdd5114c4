#include "dataplane/core/classify/ask_reader.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "contract/base/utf8.hpp"
#include "dataplane/core/classify/ask_ends.hpp"
#include "dataplane/core/classify/harness_blocks.hpp"
#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::classify {
namespace {

using openai::ChatRequest;
using openai::Span;

constexpr std::uint64_t kImageTokens = 800;   // a 1024 x 1024 picture in high detail costs 765 at the best-known provider
constexpr std::size_t kHashedBytes = 4096;    // of each message that tells conversations apart

// Of a turn the person's own words, or nothing. `out` is overwritten.
void read_turn(std::string_view body, Span content, std::string& out) {
  out.clear();
  openai::append_text(body, content, kMaxAskBytes, out);
  strip_harness_blocks(out);
}

// Whether nobody says anything in a message: it holds only blocks of a harness. Most are seen not to by their first character.
bool is_context_only(std::string_view body, Span content, std::string& memory) {
  constexpr std::size_t kLookedAt = 16;
  memory.clear();
  openai::append_text(body, content, kLookedAt, memory);
  const std::size_t first = memory.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (memory[first] != '<' && memory[first] != '#')) return false;
  read_turn(body, content, memory);
  return memory.empty();
}

// User messages at the beginning, up to the first in which a person says something; at least 1. 0: nobody does in any of those that are
// kept, and what is the same for everyone must not make one conversation of all.
std::uint32_t opening_turns(std::string_view body, const ChatRequest& chat) {
  const std::uint32_t known = std::min(chat.user_turns, ChatRequest::kFirstTurns);
  std::string memory;
  std::uint32_t turn = 0;
  while (turn + 1 < known && is_context_only(body, chat.opening_content(turn), memory)) ++turn;
  if (turn + 1 == ChatRequest::kFirstTurns && is_context_only(body, chat.opening_content(turn), memory)) return 0;
  return turn + 1;
}

// Cuts to `max` bytes, both ends alike, never inside a character, with "..." between.
void cut_middle(std::string& text, std::size_t max) {
  if (text.size() <= max) return;
  std::size_t head = max / 2, tail = text.size() - max / 2;
  while (head > 0 && continues_character(text[head])) --head;
  while (tail < text.size() && continues_character(text[tail])) ++tail;
  text.replace(head, tail - head, "\n...\n");
}

struct Bytes {
  std::uint64_t ascii = 0, other = 0;
};
// Eight bytes at a time: the high bit of each is added up in a lane of its own, and the lanes are emptied before they can run over.
Bytes count_bytes(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kPairs = 0x00ff00ff00ff00ff, kQuads = 0x0001000100010001;
  constexpr int kFullLane = 255;
  std::uint64_t other = 0;
  const char* at = text.data();
  std::size_t rest = text.size();
  while (rest >= sizeof(std::uint64_t)) {
    std::uint64_t lanes = 0;
    for (int i = 0; i < kFullLane && rest >= sizeof lanes; ++i, at += sizeof lanes, rest -= sizeof lanes) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      lanes += word >> 7 & kOnes;
    }
    other += ((lanes & kPairs) + (lanes >> 8 & kPairs)) * kQuads >> 48;
  }
  for (; rest > 0; ++at, --rest) other += static_cast<unsigned char>(*at) >> 7;
  return {text.size() - other, other};
}

// SipHash-2-4 of several texts, each with its length, so that ("ab","c") and ("a","bc") differ. The key is fixed: a hash must mean the
// same to every replica and after a restart.
class Hash {
 public:
  void add(std::string_view text) {
    static constexpr std::array<unsigned char, crypto_shorthash_KEYBYTES> kKey{'s', 'm', 'a', 'r', 't', 'r', 'o', 'u', 't', 'e', '-', 'c', 'o', 'n', 'v', '1'};
    std::array<std::uint64_t, 2> chain{value_, text.size()};
    std::uint64_t digest = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&digest), reinterpret_cast<const unsigned char*>(text.data()), text.size(), kKey.data());
    chain[1] ^= digest;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&value_), reinterpret_cast<const unsigned char*>(chain.data()), sizeof chain, kKey.data());
  }
  std::uint64_t value() const noexcept { return value_ == 0 ? 1 : value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace

Subject read_subject(std::string_view body, const ChatRequest& chat, AskMemory& memory) {
  const std::uint32_t turns = std::min(chat.user_turns, ChatRequest::kKeptTurns);
  memory.ask.clear();
  for (std::uint32_t back = 0; back < turns && memory.ask.empty(); ++back) read_turn(body, chat.user_content(back), memory.ask);
  if (memory.ask.empty()) openai::append_text(body, chat.user_content(0), kMaxAskBytes, memory.ask);
  keep_ends(memory.ask);
  memory.system.clear();
  openai::append_text(body, chat.system_content, kMaxSystemBytes, memory.system);
  Subject subject;
  subject.ask = memory.ask;
  subject.system = memory.system;
  subject.tools = chat.tool_count;
  subject.images = chat.image_count;
  subject.human_turns = chat.user_turns;
  subject.answers_tool = chat.ends_with_tool_result;
  return subject;
}

void append_history(std::string_view body, const ChatRequest& chat, int turns, std::size_t max_turn_bytes, std::string& out) {
  std::string turn;
  const auto wanted = std::min<std::uint32_t>({static_cast<std::uint32_t>(std::max(turns, 0)), chat.user_turns, ChatRequest::kKeptTurns});
  const std::size_t start = out.size();
  for (std::uint32_t back = wanted; back-- > 0;) {
    read_turn(body, chat.user_content(back), turn);
    if (turn.empty()) continue;
    cut_middle(turn, max_turn_bytes);
    if (out.size() > start) out += "\n\n";
    out += "User: ";
    out += turn;
  }
}

std::uint64_t estimate_tokens(std::string_view body, const ChatRequest& chat) {
  std::uint64_t tokens = chat.image_count * kImageTokens;
  for (const Span span : {chat.messages_value, chat.tools_value}) {
    const Bytes bytes = count_bytes(body.substr(span.begin, span.end - span.begin));
    const std::uint64_t images = span.begin == chat.messages_value.begin ? std::min(chat.image_bytes, bytes.ascii) : 0;
    tokens += (bytes.ascii - images) / 4 + bytes.other / 3;
  }
  return tokens;
}

Conversation conversation_of(std::string_view body, const ChatRequest& chat, std::string_view session_id, std::string_view conversation_id,
                             std::string_view owner) {
  Hash hash;
  hash.add(owner);
  std::string_view name = !session_id.empty() ? session_id : conversation_id;
  if (name.empty() && !chat.user.empty()) name = openai::inside(body, chat.user);
  if (!name.empty()) {
    hash.add(name);
    return {hash.value(), true};
  }
  if (chat.user_turns == 0 && chat.system_content.empty()) return {};
  // Of a long message both ends: what a harness puts before an ask can be longer than what is hashed.
  const auto add = [&](Span span) {
    const std::string_view text = body.substr(span.begin, span.end - span.begin);
    if (text.size() <= kHashedBytes) return hash.add(text);
    hash.add(text.substr(0, kHashedBytes / 2));
    hash.add(text.substr(text.size() - kHashedBytes / 2));
    hash.add(std::to_string(text.size()));
  };
  const std::uint32_t opening = opening_turns(body, chat);
  if (opening == 0) return {};
  add(chat.system_content);
  for (std::uint32_t turn = 0; turn < opening; ++turn) add(chat.opening_content(turn));
  return {hash.value(), false, opening};
}

}  // namespace smartroute::classify
