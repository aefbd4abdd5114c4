#include "controlplane/core/text_diff.hpp"

#include <algorithm>
#include <vector>

namespace smartroute::control {
namespace {

using Lines = std::vector<std::string_view>;

enum class Op : char { Keep = ' ', Delete = '-', Insert = '+' };

struct Edit {
  Op op;
  std::string_view line;
};

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The whole of `a` goes, the whole of `b` comes: what is left when the shortest script is too dear
// to find.
std::vector<Edit> replaced(const Lines& a, const Lines& b) {
  std::vector<Edit> script;
  for (const auto line : a) script.push_back({Op::Delete, line});
  for (const auto line : b) script.push_back({Op::Insert, line});
  return script;
}

// The furthest x reached on each diagonal k = x - y after d edits, k in [-d, d].
class Frontier {
 public:
  explicit Frontier(int d) : d_(d), furthest_(static_cast<std::size_t>(2 * d + 1), -1) {}
  int at(int k) const {
    return k < -d_ || k > d_ ? -1 : furthest_[static_cast<std::size_t>(k + d_)];
  }
  void set(int k, int x) { furthest_[static_cast<std::size_t>(k + d_)] = x; }
  // Whether the next edit that lands on diagonal k is an insertion (from k + 1) or a deletion (from
  // k - 1).
  bool inserts(int k) const { return at(k - 1) < at(k + 1); }

 private:
  int d_;
  std::vector<int> furthest_;
};

// Walks from the end back through the frontiers, one edit and the equal lines after it at a time.
std::vector<Edit> backtrack(const Lines& a, const Lines& b,
                            const std::vector<Frontier>& frontiers) {
  std::vector<Edit> script;
  std::size_t x = a.size();
  std::size_t y = b.size();
  for (std::size_t d = frontiers.size(); d > 0; --d) {
    const Frontier& before = frontiers[d - 1];
    const int k = static_cast<int>(x) - static_cast<int>(y);
    const bool inserted = before.inserts(k);
    const int from_k = inserted ? k + 1 : k - 1;
    const auto from_x = static_cast<std::size_t>(before.at(from_k));
    for (const std::size_t start = from_x + (inserted ? 0 : 1); x > start; --x, --y)
      script.push_back({Op::Keep, a[x - 1]});
    if (inserted) {
      script.push_back({Op::Insert, b[--y]});
    } else {
      script.push_back({Op::Delete, a[--x]});
    }
  }
  for (; x > 0; --x) script.push_back({Op::Keep, a[x - 1]});
  std::reverse(script.begin(), script.end());
  return script;
}

std::vector<Edit> shortest_script(const Lines& a, const Lines& b) {
  const int n = static_cast<int>(a.size());
  const int m = static_cast<int>(b.size());
  std::vector<Frontier> frontiers;
  for (int d = 0; d <= std::min(n + m, kMaxEdits); ++d) {
    Frontier frontier(d);
    for (int k = -d; k <= d; k += 2) {
      int x = 0;
      if (d > 0) {
        const Frontier& before = frontiers.back();
        x = before.inserts(k) ? before.at(k + 1) : before.at(k - 1) + 1;
      }
      while (x < n && x - k < m &&
             a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)])
        ++x;
      frontier.set(k, x);
      if (x >= n && x - k >= m) return backtrack(a, b, frontiers);
    }
    frontiers.push_back(std::move(frontier));
  }
  return replaced(a, b);
}

std::string range(std::size_t before_first, std::size_t count) {
  const std::size_t start = count == 0 ? before_first : before_first + 1;
  return std::to_string(start) + (count == 1 ? "" : "," + std::to_string(count));
}

// Groups the script into hunks: changes whose contexts touch share one.
std::string hunks(const std::vector<Edit>& script) {
  std::string out;
  std::size_t old_line = 0, new_line = 0, i = 0;
  while (i < script.size()) {
    if (script[i].op == Op::Keep) {
      ++old_line, ++new_line, ++i;
      continue;
    }
    const std::size_t lead = std::min<std::size_t>(i, kContextLines);
    std::size_t end = i, quiet = 0;
    for (std::size_t j = i; j < script.size() && quiet <= 2 * kContextLines; ++j) {
      quiet = script[j].op == Op::Keep ? quiet + 1 : 0;
      if (quiet == 0) end = j + 1;
    }
    const std::size_t stop = std::min(script.size(), end + kContextLines);
    std::size_t old_count = 0, new_count = 0;
    std::string body;
    for (std::size_t j = i - lead; j < stop; ++j) {
      old_count += script[j].op != Op::Insert;
      new_count += script[j].op != Op::Delete;
      body += static_cast<char>(script[j].op);
      body.append(script[j].line).push_back('\n');
    }
    out += "@@ -" + range(old_line - lead, old_count) + " +" + range(new_line - lead, new_count) +
           " @@\n" + body;
    old_line += old_count - lead;
    new_line += new_count - lead;
    i = stop;
  }
  return out;
}

}  // namespace

std::string unified_diff(std::string_view from, std::string_view to, std::string_view from_label,
                         std::string_view to_label) {
  Lines a = split(from);
  Lines b = split(to);
  if (a == b) return {};
  // Equal ends cost nothing this way, and most edits are small.
  std::size_t head = 0, tail = 0;
  const std::size_t shorter = std::min(a.size(), b.size());
  while (head < shorter && a[head] == b[head]) ++head;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(head),
                 lines.end() - static_cast<std::ptrdiff_t>(tail));
  };
  std::vector<Edit> script;
  for (std::size_t i = 0; i < head; ++i) script.push_back({Op::Keep, a[i]});
  for (const Edit& edit : shortest_script(middle(a), middle(b))) script.push_back(edit);
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) script.push_back({Op::Keep, a[i]});
  return "--- " + std::string(from_label) + "\n+++ " + std::string(to_label) + "\n" + hunks(script);
}

}  // namespace smartroute::control
