// The classifier inside the proxy: reads an ask once and says how probable each tier is. No call, no
// lock, no allocation. What it reads and how it weighs: ARCHITECTURE.md, "Embedded classifier"; how well
// it does: tests/perf/ROUTING.md; how its weights are made: tools/train_classifier.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "contract/config/model.hpp"
#include "dataplane/core/classify/subject.hpp"

namespace smartroute::classify {

struct TierWeights;

struct Opinion {
  std::array<float, config::kTierCount> probability{};  // calibrated, sum 1
  // Usually the most probable one; the one of least expected cost where a wrong low tier would cost more than a wrong high one.
  config::TierName tier = config::TierName::T2;
  float confidence = 0;  // probability of `tier`
};

// One reason for an opinion, for people.
struct Signal {
  std::string what;  // "word: prove", "chars: 证明", "shape: code block"; printable UTF-8, at most 64 bytes
  float weight = 0;  // how far it moved the chosen tier's score against the others'; may be negative
};

// The weights that were compiled into the program: dataplane/core/classify/tier_weights.bin.
std::span<const std::byte> built_in_weights() noexcept;

class EmbeddedClassifier;
// The classifier with these weights, read once a process, at the first call: to read them is to check a megabyte, and they are part of the
// program. A constant, not a state. An error says that the program was built from a broken file. Any thread.
const Result<EmbeddedClassifier>& built_in_classifier();

// Immutable; any thread. Borrows the bytes it was loaded from.
class EmbeddedClassifier {
 public:
  // Errors: Invalid, with what is wrong (magic, format version, size, checksum). Reads every byte once.
  static Result<EmbeddedClassifier> load(std::span<const std::byte> weights);

  // Any bytes may come as text. At most 50 us for 4 KiB on a core; longer asks are read at both ends.
  Opinion classify(const Subject& subject) const noexcept;

  // The `limit` signals that moved the opinion most, strongest first. For explanations: allocates, microseconds to a millisecond.
  std::vector<Signal> explain(const Subject& subject, std::size_t limit) const;

  // Name of the weights: format version and the first 8 hex digits of their checksum, "1-3fa91c02".
  std::string_view name() const noexcept { return name_; }

 private:
  std::shared_ptr<const TierWeights> weights_;
  std::string name_;
};

}  // namespace smartroute::classify
