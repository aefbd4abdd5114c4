// What a router said about labelled prompts, as tables for people and as JSON.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "contract/config/model.hpp"
#include "tools/router_lab/dataset.hpp"

namespace smartroute::router_lab {

struct Judgement {
  const Prompt* prompt;
  config::TierName tier = config::TierName::T2;
  float confidence = 0;  // of `tier`; 1 where the mode knows none
  float microseconds = 0;
};

// Sums over prompts that have a tier.
struct Tally {
  std::array<std::array<std::size_t, config::kTierCount>, config::kTierCount> judged{};  // [true][judged]
  std::size_t decided = 0, decided_right = 0;  // with confidence at or above the threshold

  void add(const Judgement& judgement, double threshold);
  std::size_t total() const;
  double accuracy() const;
  double macro_f1() const;           // mean of the tiers' F1
  double hard_sent_low() const;      // of T3, the share judged T1
  double decided_share() const;
  double decided_accuracy() const;
};

struct Bin {
  std::size_t count = 0, right = 0;
  double confidence = 0;  // sum
};

struct Report {
  double threshold = 0;
  Tally all;
  std::vector<std::pair<std::string, Tally>> by_language, by_source;  // sorted by name
  std::array<Bin, 10> reliability{};                                  // by tenths of confidence
  double calibration_error = 0;  // expected calibration error over the bins
  float p50_us = 0, p99_us = 0;
};

Report make_report(const std::vector<Judgement>& judgements, double threshold);
std::string to_text(const Report& report);
std::string to_json(const Report& report);

// A line `id<TAB>T1|T2|T3<TAB>confidence` for each judgement. False: the file could not be written.
bool write_predictions(const std::string& path, const std::vector<Judgement>& judgements);

}  // namespace smartroute::router_lab
