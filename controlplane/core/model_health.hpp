// What is known about the health of models over the whole fleet: as it is shown, pushed, and kept between two starts. Values only; the rules
// are in scoring.hpp.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "contract/config/model.hpp"
#include "dataplane/core/resilience/outcome.hpp"

namespace smartroute::admin::v1 {
class ModelHealth;
}

namespace smartroute::control {

// A model as data planes name it ("provider/model"), and whose it is.
struct ModelName {
  std::string id;
  std::string provider;
  friend auto operator<=>(const ModelName&, const ModelName&) = default;
};

// By resilience::HealthKind; None and Success stay 0.
using FailureCounts = std::array<std::uint64_t, static_cast<std::size_t>(resilience::HealthKind::kCount)>;

// One model at one moment.
struct ModelStanding {
  ModelName name;
  double score = 0;            // failure score, 0 to resilience::kMaxScore
  config::Millis cooling{0};   // what is left of its cooldown
  std::string cooling_reason;  // name of an outcome; empty without a cooldown
  std::uint32_t ejections = 0; // cooldowns in a row without a recovery between them
  std::uint64_t successes = 0; // since it was first heard of
  FailureCounts failures{};
  std::int64_t last_success_ms = 0, last_failure_ms = 0;  // since 1970; 0: never
  friend bool operator==(const ModelStanding&, const ModelStanding&) = default;
};

// One start of one data plane: its reports are numbered for that long.
struct Reporter {
  std::string instance;
  std::int64_t started_at_ms = 0;
  friend auto operator<=>(const Reporter&, const Reporter&) = default;
};

// The standing when it was written; the provider is not kept.
struct SavedModel {
  ModelStanding standing;
  std::int64_t saved_at_ms = 0;
  friend bool operator==(const SavedModel&, const SavedModel&) = default;
};
// The newest report of a data plane that is in what is saved with it.
struct SavedReporter {
  Reporter reporter;
  std::uint64_t sequence = 0;
  std::int64_t heard_at_ms = 0;
  friend bool operator==(const SavedReporter&, const SavedReporter&) = default;
};

// What is different from what was saved last. To be written as a whole or not at all: a score without the number of the report that is in
// it would let that report count twice.
struct HealthChanges {
  std::vector<std::string> gone_models;  // go first: a model may be gone and back
  std::vector<Reporter> gone_reporters;
  std::vector<SavedModel> models;
  std::vector<SavedReporter> reporters;
  std::uint64_t upto = 0;  // ScoreTable::saved() wants it back
  bool empty() const noexcept {
    return gone_models.empty() && gone_reporters.empty() && models.empty() && reporters.empty();
  }
};

// All that was saved and can be read.
struct SavedHealth {
  std::vector<SavedModel> models;
  std::vector<SavedReporter> reporters;
  std::uint64_t unreadable = 0;  // entries left out
};

// The message of the admin API, which is also the form on disk. Kinds of failure that this version does not know are dropped.
::smartroute::admin::v1::ModelHealth to_message(const ModelStanding& standing);
ModelStanding from_message(const ::smartroute::admin::v1::ModelHealth& message);

}  // namespace smartroute::control
