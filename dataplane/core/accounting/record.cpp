#include "dataplane/core/accounting/record.hpp"

#include <utility>

namespace smartroute::accounting {

std::string_view name_of(Ending ending) noexcept {
  switch (ending) {
    case Ending::Completed:
      return "completed";
    case Ending::CompletedNoDone:
      return "completed_no_done";
    case Ending::RejectedByGateway:
      return "rejected_by_gateway";
    case Ending::UpstreamError:
      return "upstream_error";
    case Ending::UpstreamPassed:
      return "upstream_passed";
    case Ending::BrokenStream:
      return "broken_stream";
    case Ending::ClientGone:
      return "client_gone";
    case Ending::Drained:
      return "drained";
    case Ending::kCount:
      break;
  }
  return "unknown";
}

void Record::restart() {
  Record fresh;
  const auto keep = [](std::string& to, std::string& from) {
    to.swap(from);
    to.clear();
  };
  keep(fresh.request_id, request_id);
  keep(fresh.requested_model, requested_model);
  keep(fresh.reason, reason);
  keep(fresh.model, model);
  fresh.attempts.swap(attempts);
  fresh.attempts.clear();
  fresh.route.rules.swap(route.rules);
  fresh.route.rules.clear();
  fresh.route.candidates.swap(route.candidates);
  fresh.route.candidates.clear();
  keep(fresh.route.ask, route.ask);
  keep(fresh.route.system, route.system);
  *this = std::move(fresh);
}

}  // namespace smartroute::accounting
