#include "tools/cli/health_command.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "contract/config/duration_text.hpp"
#include "contract/config/validate.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;

constexpr std::int64_t kSecond = 1'000;

// What is left, in whole seconds once it is more than one: nobody needs the milliseconds of a minute.
std::string left_text(std::int64_t ms) {
  if (ms <= 0) return "-";
  const std::int64_t shown = ms < kSecond ? ms : (ms + kSecond - 1) / kSecond * kSecond;
  return config::format_duration(config::Millis(shown));
}

std::string failures_text(const rpc::ModelHealth& model) {
  std::string text;
  for (const auto& row : model.failures()) text += (text.empty() ? "" : ", ") + row.kind() + " " + std::to_string(row.count());
  return text.empty() ? "-" : text;
}

std::vector<std::string> row_of(const rpc::ModelHealth& model) {
  const bool cooling = model.cooling_ms() > 0;
  return {model.model(),
          fixed(model.health(), 1),
          fixed(model.score(), 2),
          left_text(model.cooling_ms()),
          cooling && !model.cooling_reason().empty() ? model.cooling_reason() : "-",
          std::to_string(model.successes()),
          failures_text(model)};
}

}  // namespace

std::string health_text(const rpc::ListModelHealthResponse& said) {
  if (said.models_size() == 0) return "no models: there is no configuration yet\n";
  Table table({{"MODEL"}, {"HEALTH"}, {"SCORE"}, {"COOLDOWN"}, {"REASON"}, {"SUCCESSES"}, {"FAILURES"}});
  for (const auto& model : said.models()) table.add(row_of(model));
  return table.text();
}

std::string unknown_model(const rpc::ListModelHealthResponse& known, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& model : known.models()) names.push_back(model.model());
  if (std::find(names.begin(), names.end(), name) != names.end()) return {};
  const std::string near = config::nearest_name(name, names);
  return "the configuration has no model '" + name + "'" + (near.empty() ? "; smartroute health shows those it has" : "; did you mean '" + near + "'?");
}

int show_health(const AdminAccess& access, Output output) {
  const auto said = ask_typed<rpc::ListModelHealthResponse>(access, "HealthService/ListModelHealth", rpc::ListModelHealthRequest());
  if (!said) return complain(said.error(), kFailed);
  std::fputs((output == Output::Json ? to_json(*said) : health_text(*said)).c_str(), stdout);
  return kOk;
}

int reset_health(const AdminAccess& access, const std::string& model, Output output) {
  if (!model.empty()) {
    const auto known = ask_typed<rpc::ListModelHealthResponse>(access, "HealthService/ListModelHealth", rpc::ListModelHealthRequest());
    if (!known) return complain(known.error(), kFailed);
    if (const std::string wrong = unknown_model(*known, model); !wrong.empty()) return complain(Error(ErrorKind::Invalid, wrong), kFailed);
  }
  rpc::ResetModelHealthRequest request;
  request.set_model(model);
  const auto said = ask_typed<rpc::ResetModelHealthResponse>(access, "HealthService/ResetModelHealth", request);
  if (!said) return complain(said.error(), kFailed);
  if (output == Output::Json)
    std::fputs(to_json(*said).c_str(), stdout);
  else
    std::printf("%u model%s reset\n", said->models(), said->models() == 1 ? "" : "s");
  return kOk;
}

}  // namespace smartroute::cli
