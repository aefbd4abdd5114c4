#include "dataplane/core/classify/word_automaton.hpp"

#include <algorithm>
#include <map>

namespace smartroute::classify {
namespace {

unsigned char canonical(unsigned char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned char>(c | 0x20);
  if (c == '\t' || c == '\n' || c == '\r') return ' ';
  return c;
}

bool is_ascii_word(unsigned char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Lead bytes of U+00C0..U+058F: the alphabets that write words with spaces between them.
bool is_alphabet_lead(unsigned char c) noexcept { return c >= 0xc3 && c <= 0xd6; }

bool ends_in_word_character(std::string_view text) noexcept {
  if (text.empty()) return false;
  const auto last = static_cast<unsigned char>(text.back());
  if (last < 0x80) return is_ascii_word(last);
  return text.size() >= 2 && (last & 0xc0) == 0x80 &&
         is_alphabet_lead(static_cast<unsigned char>(text[text.size() - 2]));
}

bool starts_with_word_character(std::string_view text) noexcept {
  if (text.empty()) return false;
  const auto first = static_cast<unsigned char>(text.front());
  return first < 0x80 ? is_ascii_word(first) : is_alphabet_lead(first);
}

}  // namespace

// The words as a tree, in the order they were given; link() renumbers it by depth.
struct WordAutomaton::Trie {
  struct Node {
    std::map<std::uint8_t, std::uint32_t> children;
    std::uint32_t output = kNone;
  };
  std::vector<Node> nodes{1};
};

WordAutomaton::WordAutomaton(const std::vector<Word>& words, std::size_t max_cells) {
  number_columns(words);
  Trie trie;
  for (const Word& word : words) {
    if (word.text.empty()) continue;
    longest_ = std::max(longest_, word.text.size());
    std::uint32_t node = 0;
    for (const char c : word.text) {
      const auto [child, is_new] = trie.nodes[node].children.try_emplace(
          column_of_[static_cast<unsigned char>(c)], static_cast<std::uint32_t>(trie.nodes.size()));
      node = child->second;
      if (is_new) trie.nodes.emplace_back();
    }
    std::uint32_t& output = trie.nodes[node].output;
    if (output == kNone) {
      output = static_cast<std::uint32_t>(outputs_.size());
      outputs_.push_back({word.rank, static_cast<std::uint32_t>(word.text.size()),
                          starts_with_word_character(word.text), ends_in_word_character(word.text),
                          kNone});
    } else {
      outputs_[output].rank = std::min(outputs_[output].rank, word.rank);
    }
  }
  link(trie);
  fill_rows(max_cells);
}

void WordAutomaton::number_columns(const std::vector<Word>& words) {
  // At most 227 columns are needed: canonical() leaves 29 bytes unused.
  std::array<bool, 256> used{};
  for (const Word& word : words)
    for (const char c : word.text) used[canonical(static_cast<unsigned char>(c))] = true;
  column_of_.fill(1);
  for (std::size_t c = 0; c < used.size(); ++c)
    if (used[c]) column_of_[c] = static_cast<std::uint8_t>(stride_++);
  for (std::size_t c = 0; c < column_of_.size(); ++c)
    column_of_[c] = column_of_[canonical(static_cast<unsigned char>(c))];
}

void WordAutomaton::link(Trie& trie) {
  std::vector<std::uint32_t> order{0};  // trie nodes by depth; a node's place is its state
  std::vector<std::uint32_t> state_of(trie.nodes.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    for (const auto& [column, child] : trie.nodes[order[i]].children) {
      state_of[child] = static_cast<std::uint32_t>(order.size());
      order.push_back(child);
    }
  states_.resize(order.size());
  for (std::size_t s = 0; s < order.size(); ++s) {
    const Trie::Node& node = trie.nodes[order[s]];
    states_[s].first_edge = static_cast<std::uint32_t>(edges_.size());
    states_[s].edge_count = static_cast<std::uint32_t>(node.children.size());
    states_[s].output = node.output;
    for (const auto& [column, child] : node.children) edges_.push_back({column, state_of[child]});
  }
  // Parents come before children, so every failure link that is followed here is already set.
  for (std::uint32_t s = 0; s < states_.size(); ++s) {
    const State& state = states_[s];
    for (std::uint32_t e = state.first_edge; e < state.first_edge + state.edge_count; ++e) {
      State& child = states_[edges_[e].to];
      std::uint32_t target = kNone;
      for (std::uint32_t f = s; f != 0 && target == kNone;) {
        f = states_[f].failure;
        target = own_edge(states_[f], edges_[e].column);
      }
      child.failure = target == kNone ? 0 : target;
      const State& shorter = states_[child.failure];
      child.best_rank = shorter.best_rank;
      if (child.output == kNone) {
        child.output = shorter.output;
      } else {
        outputs_[child.output].next = shorter.output;
        child.best_rank = std::min(child.best_rank, outputs_[child.output].rank);
      }
    }
  }
}

void WordAutomaton::fill_rows(std::size_t max_cells) {
  row_states_ = std::min(states_.size(), std::max<std::size_t>(1, max_cells / stride_));
  rows_.assign(row_states_ * stride_, 0);
  for (std::uint32_t s = 0; s < row_states_; ++s) {
    std::uint32_t* const row = &rows_[place_of(s)];
    const State& state = states_[s];
    // A failure link leads to a shallower state, so its row is there and done.
    if (s != 0) std::copy_n(&rows_[place_of(state.failure)], stride_, row);
    row[0] = state.best_rank;
    for (std::uint32_t e = state.first_edge; e < state.first_edge + state.edge_count; ++e)
      row[edges_[e].column] = place_of(edges_[e].to);
  }
}

std::uint32_t WordAutomaton::own_edge(const State& state, std::uint8_t column) const noexcept {
  const auto first = edges_.begin() + state.first_edge, last = first + state.edge_count;
  const auto edge = std::lower_bound(first, last, column,
                                     [](const Edge& e, std::uint8_t c) { return e.column < c; });
  return edge != last && edge->column == column ? edge->to : kNone;
}

WordAutomaton::Place WordAutomaton::step(Place place, std::uint8_t column) const noexcept {
  while ((place & kDeep) != 0) {
    const State& state = states_[place & ~kDeep];
    if (const std::uint32_t to = own_edge(state, column); to != kNone) return place_of(to);
    place = place_of(state.failure);
  }
  return rows_[place + column];
}

// The better of `below` and the words that end at `end`.
std::uint32_t WordAutomaton::check(Place place, std::string_view text, std::size_t end,
                                   std::uint32_t below) const noexcept {
  const std::size_t state = (place & kDeep) != 0 ? place & ~kDeep : place / stride_;
  for (std::uint32_t o = states_[state].output; o != kNone; o = outputs_[o].next) {
    const Output& word = outputs_[o];
    if (word.rank >= below) continue;
    if (word.bounded_left && ends_in_word_character(text.substr(0, end - word.length))) continue;
    if (word.bounded_right && starts_with_word_character(text.substr(end))) continue;
    below = word.rank;
  }
  return below;
}

std::uint32_t WordAutomaton::walk(std::string_view text, std::size_t begin, Place place,
                                  std::uint32_t below) const noexcept {
  for (std::size_t i = begin; i < text.size() && below != 0; ++i) {
    place = step(place, column_of_[static_cast<unsigned char>(text[i])]);
    const std::uint32_t rank =
        (place & kDeep) != 0 ? states_[place & ~kDeep].best_rank : rows_[place];
    if (rank < below) below = check(place, text, i + 1, below);
  }
  return below;
}

// Four walkers, each over its quarter. Each but the first starts so far before its quarter that no
// word across the line is missed.
std::uint32_t WordAutomaton::walk_lanes(std::string_view text, std::uint32_t below) const noexcept {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::uint32_t* const rows = rows_.data();
  const std::size_t quarter = text.size() / 4;
  const auto warm_up = [&](std::size_t start) {
    Place place = 0;
    for (std::size_t i = start - (longest_ - 1); i < start; ++i)
      place = rows[place + column_of_[bytes[i]]];
    return place;
  };
  const std::size_t second = quarter, third = 2 * quarter, fourth = 3 * quarter;
  Place a = 0, b = warm_up(second), c = warm_up(third), d = warm_up(fourth);
  for (std::size_t i = 0; i < quarter; ++i) {
    a = rows[a + column_of_[bytes[i]]];
    b = rows[b + column_of_[bytes[second + i]]];
    c = rows[c + column_of_[bytes[third + i]]];
    d = rows[d + column_of_[bytes[fourth + i]]];
    const std::uint32_t rank = std::min(std::min(rows[a], rows[b]), std::min(rows[c], rows[d]));
    if (rank >= below) continue;
    below = check(a, text, i + 1, below);
    below = check(b, text, second + i + 1, below);
    below = check(c, text, third + i + 1, below);
    below = check(d, text, fourth + i + 1, below);
    if (below == 0) return below;
  }
  return walk(text, fourth + quarter, d, below);
}

std::uint32_t WordAutomaton::best(std::string_view text, std::uint32_t below) const noexcept {
  constexpr std::size_t kWorthLanes = 256;
  if (empty()) return kNone;
  const bool lanes =
      row_states_ == states_.size() && text.size() >= kWorthLanes && longest_ <= text.size() / 4;
  const std::uint32_t found = lanes ? walk_lanes(text, below) : walk(text, 0, 0, below);
  return found < below ? found : kNone;
}

}  // namespace smartroute::classify
