// What the rules of validate() share: the configuration, the report, and the names that references
// are looked up among. Private to this folder. Each check_x() reports one field of Config, in the
// order of its own fields.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "contract/config/base_url.hpp"
#include "contract/config/model.hpp"
#include "contract/config/nearest.hpp"
#include "contract/config/report.hpp"

namespace smartroute::config {

constexpr std::size_t kMaxProviders = 1'000;
constexpr std::size_t kMaxModels = 10'000;
constexpr std::size_t kMaxTierModels = 1'000;
constexpr std::size_t kMaxFallbacks = 100;
constexpr std::size_t kMaxModelMap = 10'000;
constexpr std::size_t kMaxGatewayKeys = 10'000;
constexpr std::size_t kMaxIdBytes = 128;
constexpr std::size_t kMaxModelNameBytes = 256;
constexpr std::size_t kMaxParamsBytes = 64 * 1024;           // of one object
constexpr std::size_t kMaxAllParamsBytes = 4 * 1024 * 1024;  // of all together
constexpr std::size_t kNearestCells = 2'000'000;             // see NearestNames; a few milliseconds
constexpr std::int64_t kMaxHoldBytes = 60 * 1024;              // of text before the commit point
constexpr Millis kDay{24LL * 3600 * 1000};

class Rules {
 public:
  explicit Rules(const Config& config);

  const Config& config;
  Report report;
  NearestNames nearest{kNearestCells};
  std::vector<std::string> provider_ids;
  std::unordered_set<std::string_view> providers;

  // "provider/model" as the plan will read `name`: the part before the first slash is a provider
  // only if one has that id; else model_map decides, else default_provider.
  std::string canonical(std::string_view name) const;
  // The part before the first slash if that is a configured provider, else empty.
  std::string_view provider_of(std::string_view name) const;

  // A name of a model wherever one stands: its form, its reserved words, whether a provider can
  // serve it. False if it was refused as an error.
  bool check_model_name(const std::string& path, std::string_view name);
  void check_timeouts(const std::string& path, const Timeouts& timeouts);
  // False if no connection to such a host will ever be made, which is an error.
  bool check_host(const std::string& path, HostKind kind);
  void check_base_url(const std::string& path, std::string_view url);
  void check_api_key(const std::string& path, std::string_view key);

  // Inclusive bounds; the text names them.
  void check_range(const std::string& path, std::int64_t value, std::int64_t lowest,
                   std::int64_t highest);
  void check_range(const std::string& path, double value, double lowest, double highest);
  void check_range(const std::string& path, Millis value, Millis lowest, Millis highest);
};

// t1, t2, t3 and auto, in any case: names with a meaning of their own.
bool is_reserved_name(std::string_view name);
std::string lower_case(std::string_view text);

void check_gateway(Rules& rules);
void check_providers(Rules& rules);
void check_model_map(Rules& rules);  // and default_provider
void check_models(Rules& rules);
void check_tiers(Rules& rules);
void check_router(Rules& rules);
void check_retry(Rules& rules);
void check_health(Rules& rules);
void check_params(Rules& rules);
void check_logs(Rules& rules);
void check_tracing(Rules& rules);
void check_limits(Rules& rules);

}  // namespace smartroute::config
