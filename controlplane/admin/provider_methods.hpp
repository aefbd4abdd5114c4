// ProviderService: does a provider answer, as it stands in a configuration that need not be saved?
#pragma once
#include <functional>

#include "controlplane/admin/methods.hpp"
#include "controlplane/outgoing/client.hpp"

namespace smartroute::control::admin {

// Tests that run at once, over all callers; one of each caller. More are refused with ResourceExhausted.
constexpr std::size_t kMaxProviderTests = 4;

// Secrets that the configuration refers to are looked up here, where they are for data planes, too; hints stand for the secrets of the newest
// revision. Problems of the rest of the configuration do not matter. A test blocks its thread for outgoing::kProbeTime at most; `stopping`
// (any thread) ends it early. The references must outlive the table.
void add_provider_methods(Dispatch& dispatch, const store::ConfigService& configs, outgoing::Client& client, ConfigBounds bounds,
                          std::function<bool()> stopping);

}  // namespace smartroute::control::admin
