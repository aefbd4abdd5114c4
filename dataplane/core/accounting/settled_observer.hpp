// Who wants to know of each record when its account is settled: metrics of tokens and cost, traces.
#pragma once
#include <string_view>

#include "dataplane/core/accounting/settlement.hpp"

namespace smartroute::accounting {

// Views are good during the call.
struct Settled {
  std::string_view provider, model;      // that answered; empty: none did
  bool configured_model = true;          // false: metrics call it `other`
  const openai::Usage* usage = nullptr;  // the provider's details
  Account account;
  bool sampled = false;                  // its trace is to be exported
  std::string_view record;               // v1::RequestRecord as it goes to the control plane, redacted, with its texts
};

// Called on the accounting thread, for every record. Must not block and must not throw.
class SettledObserver {
 public:
  virtual ~SettledObserver() = default;
  virtual void settled(const Settled& settled) = 0;
};

}  // namespace smartroute::accounting
