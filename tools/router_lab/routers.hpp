// The modes that need no network, as functions from a prompt to an opinion.
#pragma once
#include <functional>
#include <span>
#include <string>

#include "contract/base/result.hpp"
#include "contract/config/model.hpp"
#include "tools/router_lab/dataset.hpp"

namespace smartroute::router_lab {

struct Verdict {
  config::TierName tier = config::TierName::T2;
  float confidence = 1;
};

using Router = std::function<Verdict(const Prompt&)>;

// `config` is a configuration file, empty for none: keyword rules and the default tier come from there.
struct RouterSettings {
  std::string mode = "embedded";  // embedded, keyword, cascade, random
  std::string weights;            // file; empty: the built-in ones
  std::string config;
  std::uint64_t seed = 1;  // of random
};

// Errors: Invalid: unknown mode, unreadable or wrong file, a mode with rules and no config.
Result<Router> make_router(const RouterSettings& settings);

}  // namespace smartroute::router_lab
