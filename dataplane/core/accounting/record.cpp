#include "dataplane/core/accounting/record.hpp"

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

}  // namespace smartroute::accounting
