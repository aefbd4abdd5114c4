// What is known about one configuration revision besides its content. Revisions are numbered from
// 1, never change and are never removed; a rollback is a new revision with old content.
#pragma once
#include <cstdint>
#include <string>

#include "contract/base/ids.hpp"

namespace smartroute::control {

struct RevisionHead {
  Revision number;
  std::string author;
  std::string note;
  std::string fingerprint;         // equal content, equal fingerprint (revision_rules.hpp)
  std::int64_t created_at_ms = 0;  // wall clock, since 1970
  Revision base;                   // revision it was written against; 0 for the first
  Revision rollback_of;            // revision whose content it repeats; 0 if none
  friend bool operator==(const RevisionHead&, const RevisionHead&) = default;
};

// One field that differs between two revisions. An absent value is an empty string.
struct Change {
  std::string path;  // tiers.t1.models, providers[openai].base_url
  std::string before;
  std::string after;
  friend bool operator==(const Change&, const Change&) = default;
};

}  // namespace smartroute::control
