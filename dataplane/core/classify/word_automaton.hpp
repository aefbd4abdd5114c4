// Finds which of many words occurs in a text, in one pass (Aho, Corasick 1975, "Efficient string
// matching: an aid to bibliographic search").
//
// Bytes are mapped to columns first: upper case to lower case, tabs and line ends to a space, every
// byte no word holds to one column. States are numbered by depth. The shallow ones, where nearly
// all text stays, have a full row of next states; when all rows together would pass kMaxCells, the
// deepest states keep only their own few edges and fall back along their failure links. So memory
// is bounded by the words' size. A step is one dependent load, which is latency, not work; long
// texts are therefore walked in four lanes at once.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace smartroute::classify {

class WordAutomaton {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kMaxCells = 4 * 1024 * 1024;  // 16 MiB of rows

  struct Word {
    std::string_view text;   // folded width, not empty; copied as far as needed
    std::uint32_t rank = 0;  // smaller wins
  };
  // `max_cells` is a parameter for tests only.
  explicit WordAutomaton(const std::vector<Word>& words, std::size_t max_cells = kMaxCells);

  bool empty() const noexcept { return outputs_.empty(); }

  // The smallest rank of a word in `text` that is smaller than `below`; kNone if there is none.
  // Where a word begins or ends with a letter, digit or underscore, its neighbour in the text must
  // be none: Latin, Greek and Cyrillic letters count, Chinese characters do not.
  std::uint32_t best(std::string_view text, std::uint32_t below) const noexcept;

 private:
  struct Edge {
    std::uint8_t column;
    std::uint32_t to;  // state
  };
  struct Output {
    std::uint32_t rank;
    std::uint32_t length;
    bool bounded_left, bounded_right;
    std::uint32_t next;  // output of the next shorter word that ends here, or kNone
  };
  struct State {
    std::uint32_t failure = 0;
    std::uint32_t first_edge = 0, edge_count = 0;
    std::uint32_t output = kNone;
    std::uint32_t best_rank = kNone;  // smallest rank along the output chain
  };
  struct Trie;

  // Where the automaton stands: the offset of the state's row, or kDeep and the number of a state
  // that has none.
  using Place = std::uint32_t;
  static constexpr Place kDeep = Place{1} << 31;
  Place place_of(std::uint32_t state) const noexcept {
    return state < row_states_ ? static_cast<Place>(state * stride_) : kDeep | state;
  }

  void number_columns(const std::vector<Word>& words);
  void link(Trie& trie);
  void fill_rows(std::size_t max_cells);
  Place step(Place place, std::uint8_t column) const noexcept;
  std::uint32_t own_edge(const State& state, std::uint8_t column) const noexcept;
  std::uint32_t check(Place place, std::string_view text, std::size_t end,
                      std::uint32_t below) const noexcept;
  std::uint32_t walk(std::string_view text, std::size_t begin, Place place,
                     std::uint32_t below) const noexcept;
  std::uint32_t walk_lanes(std::string_view text, std::uint32_t below) const noexcept;

  std::array<std::uint8_t, 256> column_of_{};
  std::size_t stride_ =
      2;  // columns of a row: 0 holds the state's best_rank, 1 is for bytes no word holds
  std::size_t longest_ = 0;  // word, in bytes
  std::vector<State> states_;
  std::vector<Edge> edges_;  // of each state together, by column
  std::vector<Output> outputs_;
  std::vector<std::uint32_t> rows_;
  std::size_t row_states_ = 0;  // states below this number have a row
};

}  // namespace smartroute::classify
