#include "controlplane/core/model_health.hpp"

#include "dataplane/core/resilience/health.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control {

using resilience::HealthKind;

::smartroute::admin::v1::ModelHealth to_message(const ModelStanding& standing) {
  ::smartroute::admin::v1::ModelHealth message;
  message.set_model(standing.name.id);
  message.set_provider(standing.name.provider);
  message.set_health(100 * resilience::health_of(standing.score));
  message.set_score(standing.score);
  message.set_successes(standing.successes);
  for (std::size_t kind = 0; kind < standing.failures.size(); ++kind) {
    if (standing.failures[kind] == 0) continue;
    auto& row = *message.add_failures();
    row.set_kind(std::string(resilience::name_of(static_cast<HealthKind>(kind))));
    row.set_count(standing.failures[kind]);
  }
  message.set_cooling_ms(standing.cooling.count());
  message.set_cooling_reason(standing.cooling_reason);
  message.set_ejections(standing.ejections);
  message.set_last_success_ms(standing.last_success_ms);
  message.set_last_failure_ms(standing.last_failure_ms);
  return message;
}

ModelStanding from_message(const ::smartroute::admin::v1::ModelHealth& message) {
  ModelStanding standing;
  standing.name = {message.model(), message.provider()};
  standing.score = message.score();
  standing.successes = message.successes();
  for (const auto& row : message.failures()) {
    const HealthKind kind = resilience::health_kind_named(row.kind());
    if (kind == HealthKind::None || kind == HealthKind::Success) continue;
    standing.failures[static_cast<std::size_t>(kind)] = row.count();
  }
  standing.cooling = config::Millis(message.cooling_ms());
  standing.cooling_reason = message.cooling_reason();
  standing.ejections = message.ejections();
  standing.last_success_ms = message.last_success_ms();
  standing.last_failure_ms = message.last_failure_ms();
  return standing;
}

}  // namespace smartroute::control
