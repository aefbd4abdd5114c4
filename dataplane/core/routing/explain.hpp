// What the proxy would do with a request, and why, without a call: the functions of the request path in their order, on a View built for
// it. Differences that cannot be helped: the judge is not asked, every model's health is sound, a conversation has no past.
#pragma once
#include <string_view>

#include "contract/base/clock.hpp"
#include "contract/base/random.hpp"
#include "contract/base/result.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"
#include "dataplane/core/routing/view.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::routing {

inline constexpr std::size_t kShownSignals = 8;

struct Question {
  std::string_view request_json;  // body of a chat completion
  std::string_view model;         // instead of the body's; empty: the body's, or auto
};

// All of the response but `revision`. `decide_us` is measured on `clock`. Errors: InvalidRequest, ModelNotFound, NoRoute, worded as the
// proxy's answer.
Result<admin::v1::ExplainRouteResponse> explain(const View& view, const Question& question, const Clock& clock, Random& random);

// RouteDecision.signals of a stored decision: nothing when the classifier was not asked, when it had other weights than `classifier`, or
// when the text was not kept.
void add_signals(const classify::EmbeddedClassifier& classifier, v1::RouteDecision& decision);

}  // namespace smartroute::routing
