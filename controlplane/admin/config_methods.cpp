#include <algorithm>
#include <filesystem>

#include "controlplane/admin/config_source.hpp"
#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"

namespace smartroute::control::admin {
namespace {

using store::ConfigService;
constexpr std::string_view kService = "smartroute.admin.v1.ConfigService/";

std::string method(std::string_view name) { return std::string(kService) + std::string(name); }

CallResult<rpc::PutConfigResponse> to_response(const store::PutResult& result) {
  if (!result) {
    const store::Refusal& refusal = result.error();
    CallError error;
    error.code = code_of(refusal.error.kind());
    error.message = refusal.problems.empty()
                        ? refusal.error.text()
                        : summary_of("the configuration was refused", refusal.problems);
    error.problems = refusal.problems;
    return tl::unexpected<CallError>(std::move(error));
  }
  rpc::PutConfigResponse response;
  *response.mutable_revision() = to_message(result->head);
  add_problems(result->warnings, response.mutable_warnings());
  return response;
}

CallResult<rpc::GetConfigResponse> get(const ConfigService& configs,
                                       const rpc::GetConfigRequest& request) {
  auto view = configs.get(Revision{request.revision()});
  if (!view) return refuse(view.error());
  rpc::GetConfigResponse response;
  *response.mutable_revision() = to_message(view->head);
  response.set_json(config::encode_json(view->config));
  response.set_effective_json(config::encode_effective_json(view->config));
  *response.mutable_config() = std::move(view->config);
  response.set_yaml(std::move(view->yaml));
  if (configs.owned_by_file()) {
    response.set_owned_by_file(std::filesystem::absolute(*configs.owned_by_file()).string());
  }
  return response;
}

CallResult<rpc::ValidateConfigResponse> validate(const ConfigService& configs, ConfigBounds bounds,
                                                 const rpc::ValidateConfigRequest& request) {
  const auto source = to_source(request.source(), bounds);
  if (!source) return tl::unexpected<CallError>(source.error());
  const config::Problems problems = configs.validate(*source);
  rpc::ValidateConfigResponse response;
  response.set_valid(!config::has_errors(problems));
  add_problems(problems, response.mutable_problems());
  return response;
}

CallResult<rpc::PutConfigResponse> put(ConfigService& configs, ConfigBounds bounds,
                                       const rpc::PutConfigRequest& request, const Caller& caller) {
  const auto source = to_source(request.source(), bounds);
  if (!source) return tl::unexpected<CallError>(source.error());
  return to_response(
      configs.put(*source, Revision{request.base_revision()}, {author_of(caller, request.author()), request.note()}));
}

CallResult<rpc::ListRevisionsResponse> list(const ConfigService& configs,
                                            const rpc::ListRevisionsRequest& request) {
  if (request.page_size() < 0)
    return refuse(Code::InvalidArgument, "page_size must not be negative");
  const auto limit =
      request.page_size() == 0 ? kDefaultPage : static_cast<std::size_t>(request.page_size());
  const auto page = configs.history(Revision{request.before()}, std::min(limit, store::kMaxPage));
  if (!page) return refuse(page.error());
  rpc::ListRevisionsResponse response;
  for (const auto& head : page->heads) *response.add_revisions() = to_message(head);
  response.set_next_before(page->next_before.number);
  return response;
}

CallResult<rpc::DiffRevisionsResponse> diff(const ConfigService& configs, ConfigBounds bounds,
                                            const rpc::DiffRevisionsRequest& request) {
  if (request.has_candidate() && request.to() != 0) return refuse(Code::InvalidArgument, "either to or candidate, not both");
  Result<store::RevisionDiff> diff = store::RevisionDiff();
  if (request.has_candidate()) {
    const auto candidate = to_source(request.candidate(), bounds);
    if (!candidate) return tl::unexpected<CallError>(candidate.error());
    diff = configs.diff(Revision{request.from()}, *candidate);
  } else {
    diff = configs.diff(Revision{request.from()}, Revision{request.to()});
  }
  if (!diff) return refuse(diff.error());
  rpc::DiffRevisionsResponse response;
  for (auto& change : diff->changes) {
    auto* out = response.add_changes();
    out->set_path(std::move(change.path));
    out->set_before(std::move(change.before));
    out->set_after(std::move(change.after));
  }
  response.set_unified(std::move(diff->unified));
  return response;
}

CallResult<rpc::PutConfigResponse> rollback(ConfigService& configs,
                                            const rpc::RollbackRequest& request,
                                            const Caller& caller) {
  if (request.to() == 0)
    return refuse(Code::InvalidArgument, "to must be the number of an earlier revision");
  return to_response(configs.rollback(Revision{request.to()}, Revision{request.base_revision()},
                                      {author_of(caller, request.author()), request.note()}));
}

}  // namespace

std::string summary_of(const std::string& text, const config::Problems& problems) {
  std::string summary = text;
  std::size_t shown = 0;
  // Errors first: they are what refused it, and must not be cut off behind a row of warnings.
  for (const auto severity : {config::Severity::Error, config::Severity::Warning}) {
    for (const auto& problem : problems) {
      if (problem.severity != severity || shown == kMaxShownProblems) continue;
      summary += "\n" + config::to_string(problem);
      ++shown;
    }
  }
  if (problems.size() > shown) {
    summary += "\n... and " + std::to_string(problems.size() - shown) + " more";
  }
  return summary;
}

void add_config_methods(Dispatch& dispatch, ConfigService& configs, ConfigBounds bounds) {
  dispatch.add<rpc::GetConfigRequest, rpc::GetConfigResponse>(
      method("GetConfig"), Role::Viewer,
      [&configs](const rpc::GetConfigRequest& r) { return get(configs, r); });
  dispatch.add<rpc::ValidateConfigRequest, rpc::ValidateConfigResponse>(
      method("ValidateConfig"), Role::Viewer,
      [&configs, bounds](const rpc::ValidateConfigRequest& r) {
        return validate(configs, bounds, r);
      });
  dispatch.add_for_caller<rpc::PutConfigRequest, rpc::PutConfigResponse>(
      method("PutConfig"), Role::Admin,
      [&configs, bounds](const rpc::PutConfigRequest& r, const Caller& caller) {
        return put(configs, bounds, r, caller);
      });
  dispatch.add<rpc::ListRevisionsRequest, rpc::ListRevisionsResponse>(
      method("ListRevisions"), Role::Viewer,
      [&configs](const rpc::ListRevisionsRequest& r) { return list(configs, r); });
  dispatch.add<rpc::DiffRevisionsRequest, rpc::DiffRevisionsResponse>(
      method("DiffRevisions"), Role::Viewer,
      [&configs, bounds](const rpc::DiffRevisionsRequest& r) { return diff(configs, bounds, r); });
  dispatch.add_for_caller<rpc::RollbackRequest, rpc::PutConfigResponse>(
      method("Rollback"), Role::Admin,
      [&configs](const rpc::RollbackRequest& r, const Caller& caller) {
        return rollback(configs, r, caller);
      });
}

}  // namespace smartroute::control::admin
