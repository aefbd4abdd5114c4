#include "tools/cli/config_command.hpp"

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "contract/base/result.hpp"
#include "tools/cli/address.hpp"
#include "tools/cli/http_call.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/text.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using Json = nlohmann::json;

int complain(const Error& error, int code) {
  std::fprintf(stderr, "smartroute: %s\n", error.text().c_str());
  return code;
}

Result<Json> ask(const AdminAccess& access, const char* method, const Json& message) {
  const auto answer = ask_admin(access, std::string("ConfigService/") + method, message.dump());
  if (!answer) return tl::unexpected(answer.error());
  auto body = Json::parse(*answer, nullptr, false);
  if (!body.is_object()) return fail(ErrorKind::UpstreamBroke, "the admin API gave no JSON");
  return body;
}

// A field under its JSON name or its proto name; protobuf writes 64-bit numbers as strings and
// leaves zeros out.
std::string field(const Json& message, const char* json_name, const char* proto_name) {
  for (const char* name : {json_name, proto_name}) {
    const auto found = message.find(name);
    if (found == message.end()) continue;
    return found->is_string() ? found->get<std::string>() : found->dump();
  }
  return {};
}

Json member(const Json& message, const char* name) {
  const auto found = message.find(name);
  return found == message.end() ? Json::object() : *found;
}

std::string local_time(const std::string& millis) {
  const std::time_t at = std::strtoll(millis.c_str(), nullptr, 10) / 1000;
  std::tm parts{};
  ::localtime_r(&at, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

int print_json(const Json& message) {
  std::printf("%s\n", message.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return kOk;
}

int print_new_revision(const Result<Json>& answer, Output output) {
  if (!answer)
    return complain(answer.error(),
                    answer.error().kind() == ErrorKind::Invalid ? kProblems : kFailed);
  if (output == Output::Json) return print_json(*answer);
  for (const auto& warning : member(*answer, "warnings"))
    std::printf("%s: %s [warning]\n", field(warning, "path", "path").c_str(),
                field(warning, "what", "what").c_str());
  const auto revision = member(*answer, "revision");
  std::printf("revision %s\n", field(revision, "number", "number").c_str());
  return kOk;
}

}  // namespace

int config_show(const AdminAccess& access, std::uint64_t revision, ConfigForm form) {
  const auto answer = ask(access, "GetConfig", Json{{"revision", revision}});
  if (!answer) return complain(answer.error(), kFailed);
  if (form != ConfigForm::Yaml) {
    const auto text = form == ConfigForm::Json ? field(*answer, "json", "json") : field(*answer, "effectiveJson", "effective_json");
    std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
    return kOk;
  }
  const auto about = member(*answer, "revision");
  const auto owner = field(*answer, "ownedByFile", "owned_by_file");
  std::printf("# revision %s by %s%s\n%s", field(about, "number", "number").c_str(),
              field(about, "author", "author").c_str(),
              owner.empty() ? "" : (", owned by " + owner).c_str(),
              field(*answer, "yaml", "yaml").c_str());
  return kOk;
}

int config_history(const AdminAccess& access, int limit, Output output) {
  const auto answer = ask(access, "ListRevisions", Json{{"pageSize", limit}});
  if (!answer) return complain(answer.error(), kFailed);
  if (output == Output::Json) return print_json(*answer);
  Table table({{"REVISION", Table::Align::Right}, {"WHEN"}, {"AUTHOR"}, {"FINGERPRINT"}, {"NOTE"}});
  for (const auto& r : member(*answer, "revisions"))
    table.add({field(r, "number", "number"), local_time(field(r, "createdAtMs", "created_at_ms")), shown(field(r, "author", "author")),
               field(r, "fingerprint", "fingerprint").substr(0, 12), shown(field(r, "note", "note"))});
  std::fputs(table.text().c_str(), stdout);
  return kOk;
}

int config_put(const AdminAccess& access, const std::string& file, std::uint64_t base,
               const std::string& note, Output output) {
  const auto text = read_file(file);
  if (!text) return complain(text.error(), kUsage);
  std::string base_text = std::to_string(base);
  if (base == 0) {
    const auto newest = ask(access, "ListRevisions", Json{{"pageSize", 1}});
    if (!newest) return complain(newest.error(), kFailed);
    for (const auto& r : member(*newest, "revisions")) base_text = field(r, "number", "number");
  }
  return print_new_revision(
      ask(access, "PutConfig",
          Json{{"source", {{"text", *text}}}, {"baseRevision", base_text}, {"note", note}}),
      output);
}

int config_rollback(const AdminAccess& access, std::uint64_t to, const std::string& note, Output output) {
  const auto newest = ask(access, "ListRevisions", Json{{"pageSize", 1}});
  if (!newest) return complain(newest.error(), kFailed);
  std::string base = "0";
  for (const auto& r : member(*newest, "revisions")) base = field(r, "number", "number");
  return print_new_revision(
      ask(access, "Rollback",
          Json{{"to", std::to_string(to)}, {"baseRevision", base}, {"note", note}}),
      output);
}

int health(const std::string& ops_address, Output output) {
  const auto address = parse_host_port(ops_address);
  if (!address) return complain(address.error(), kUsage);
  HttpCall request;
  request.address = dialled(*address);
  request.target = "/readyz";
  const auto answer = call(request);
  if (!answer) return complain(answer.error(), kFailed);
  if (output == Output::Json) {
    std::string says = answer->body;
    while (says.ends_with('\n')) says.pop_back();
    print_json({{"address", ops_address}, {"ready", answer->status == 200}, {"says", says}});
    return answer->status == 200 ? kOk : kFailed;
  }
  std::fputs(answer->body.c_str(), stdout);
  if (!answer->body.ends_with('\n')) std::fputc('\n', stdout);
  return answer->status == 200 ? kOk : kFailed;
}

}  // namespace smartroute::cli
