#include "tools/cli/dashboard_command.hpp"

#include <sys/random.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "smartroute/v1/admin.pb.h"
#include "tools/cli/admin_url.hpp"
#include "tools/cli/preview.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;

int complain(const Error& error) {
  std::fprintf(stderr, "smartroute: %s\n", error.text().c_str());
  return kFailed;
}

std::string set_up_code(const AdminAccess& access) {
  const std::filesystem::path state = access.state;
  for (const auto& file : {state / "setup.code", state / "demo" / "setup.code"})
    if (auto text = read_file(file)) {
      while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
      return *std::move(text);
    }
  return {};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string a, std::string b) {
  for (char& c : a) c = lower(c);
  for (char& c : b) c = lower(c);
  return a == b;
}

Result<rpc::User> find_user(const AdminAccess& access, const std::string& name) {
  const auto json = ask_admin(access, "UserService/ListUsers", "{}");
  if (!json) return tl::unexpected(json.error());
  rpc::ListUsersResponse users;
  if (auto read = from_json(*json, users); !read) return tl::unexpected(read.error());
  for (const auto& user : users.users()) {
    if (user.name() == name) return user;
  }
  for (const auto& user : users.users()) {
    if (same_name(user.name(), name)) return user;
  }
  return fail(ErrorKind::NotFound, "there is no user '" + name + "'");
}

}  // namespace

int dashboard_link(const AdminAccess& access, Output output) {
  const auto admin = parse_admin_url(access.admin);
  if (!admin) return complain(admin.error());
  const std::string url = admin->text();
  const auto json = ask_admin(access, "SessionService/GetSession", "{}");
  if (!json) return complain(json.error());
  rpc::GetSessionResponse session;
  if (auto read = from_json(*json, session); !read) return complain(read.error());
  const std::string code = session.set_up_needed() ? set_up_code(access) : std::string();
  const std::string link = code.empty() ? url : url + "/set-up?code=" + code;
  if (output == Output::Json)
    std::printf("%s\n", nlohmann::ordered_json{{"url", link}, {"set_up_needed", session.set_up_needed()}}.dump().c_str());
  else
    std::printf("%s\n", link.c_str());
  if (!code.empty()) return kOk;
  if (session.set_up_needed())
    std::fprintf(stderr, "smartroute: nobody has an account yet. The link that makes the first one is in the control plane's log, or give the gateway's data folder with --state\n");
  return kOk;
}

std::string random_password() {
  // No letters that are taken for digits, and no vowels that make words.
  static constexpr std::string_view kLetters = "23456789bcdfghjkmnpqrstvwxyzBCDF";
  static_assert(kLetters.size() == 32, "five bits each");
  constexpr std::size_t kGroups = 6, kGroup = 4;
  std::array<unsigned char, kGroups * kGroup> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) return {};
  std::string password;
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i > 0 && i % kGroup == 0) password += '-';
    password += kLetters[random[i] % kLetters.size()];
  }
  return password;
}

int reset_password(const AdminAccess& access, const std::string& name, TwoFactor two_factor, Output output) {
  const auto user = find_user(access, name);
  if (!user) return complain(user.error());
  const std::string password = random_password();
  if (password.empty()) return complain(Error(ErrorKind::Internal, "the system gives no random numbers"));
  rpc::UpdateUserRequest request;
  request.set_id(user->id());
  request.set_new_password(password);
  request.set_remove_two_factor(two_factor == TwoFactor::Remove);
  const auto changed = ask_admin(access, "UserService/UpdateUser", to_json(request));
  if (!changed) return complain(changed.error());
  if (output == Output::Json)
    std::printf("%s\n", nlohmann::ordered_json{{"user", user->name()}, {"password", password}}.dump().c_str());
  else
    std::printf("%s\n", password.c_str());
  std::fprintf(stderr, "smartroute: this is the new password of %s; all sessions of the account have ended\n", user->name().c_str());
  return kOk;
}

}  // namespace smartroute::cli
