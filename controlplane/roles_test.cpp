// Who may call what: every method of the admin services and every HTTP path of the admin port, asked
// by everyone there can be, over real sockets. What is declared nowhere fails here.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "controlplane/app.hpp"
#include "controlplane/base/files.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using nlohmann::json;

enum class Who { Nobody, Expired, ViewerSession, AdminSession, ViewerToken, AdminToken, Operator };
constexpr Who kEveryone[] = {Who::Nobody, Who::Expired, Who::ViewerSession, Who::AdminSession, Who::ViewerToken, Who::AdminToken, Who::Operator};
constexpr const char* kNames[] = {"nobody", "an expired session", "a viewer", "an admin", "a viewer's token", "an admin's token", "the operator"};

// The roles as they are meant, written down a second time. Everything else is declared by accident.
const std::set<std::string> kOpen = {"SessionService/GetSession", "SessionService/SetUp", "SessionService/SignIn"};
const std::set<std::string> kAdmins = {
    "ConfigService/PutConfig",     "ConfigService/Rollback",          "UserService/ListUsers",         "UserService/CreateUser",
    "UserService/UpdateUser",      "UserService/DeleteUser",          "ApiTokenService/ListApiTokens", "ApiTokenService/CreateApiToken",
    "ApiTokenService/DeleteApiToken", "ProviderService/TestProvider", "HealthService/ResetModelHealth", "LogService/PruneRecords"};
const std::map<std::string, std::string> kPaths = {{"FILES /", "nobody"},
                                                   {"WS /admin/v1/terminal", "viewer"},
                                                   {"GET /admin/v1/backup", "admin"},
                                                   {"GET /admin/v1/playground/models", "admin"},
                                                   {"POST /admin/v1/playground/chat/completions", "admin"}};
constexpr std::string_view kPackage = "smartroute.admin.v1.";

std::map<std::string, std::string> meant() {
  std::map<std::string, std::string> roles = kPaths;
  const auto* file = admin::v1::GetConfigRequest::descriptor()->file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const std::string name = file->service(s)->name() + "/" + file->service(s)->method(m)->name();
      roles[std::string(kPackage) + name] = kOpen.contains(name) ? "nobody" : kAdmins.contains(name) ? "admin" : "viewer";
    }
  }
  return roles;
}

class RolesTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/smartroute-roles-XXXXXX";
    directory_ = ::mkdtemp(pattern);
    AppOptions options;
    options.state = directory_ / "state";
    options.admin.port = options.ops.port = 0;
    auto app = App::build(options, clock_, log_);
    ASSERT_TRUE(app) << app.error().error.text();
    app_ = std::move(*app);
    admit_everyone();
  }
  void TearDown() override {
    app_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  struct Answer {
    int status = 0;
    std::string head, body;
    std::string cookie() const {
      const auto at = head.find("__Host-smartroute=");
      return at == std::string::npos ? "" : head.substr(at, head.find(';', at) - at);
    }
  };
  Answer send(const std::string& line, const std::string& fields, const std::string& body = "") const {
    const auto& address = app_->addresses().admin;
    const auto colon = address.rfind(':');
    asio::io_context io;
    tcp::socket socket(io);
    socket.connect({asio::ip::make_address(address.substr(0, colon)), static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))});
    const std::string length = body.empty() ? "" : "content-length: " + std::to_string(body.size()) + "\r\n";
    asio::write(socket, asio::buffer(line + " HTTP/1.1\r\nhost: " + address + "\r\n" + length + fields + "\r\n" + body));
    Answer answer;
    boost::system::error_code ec;
    const auto size = asio::read_until(socket, asio::dynamic_buffer(answer.head), "\r\n\r\n", ec);
    answer.body = answer.head.substr(size);
    answer.head.resize(size);
    std::size_t want = 0;
    if (const auto at = answer.head.find("Content-Length: "); at != std::string::npos) want = std::stoul(answer.head.substr(at + 16));
    while (answer.body.size() < want && !ec) {
      char bytes[4096];
      answer.body.append(bytes, socket.read_some(asio::buffer(bytes), ec));
    }
    if (size > 12) answer.status = std::stoi(answer.head.substr(9, 3));
    return answer;
  }
  Answer call(const std::string& method, const json& request, const std::string& fields) const {
    return send("POST /" + std::string(kPackage) + method, "content-type: application/json\r\n" + fields, request.dump());
  }
  std::string origin() const { return "origin: http://" + app_->addresses().admin + "\r\n"; }

  void keep_session(Who who, const Answer& in) {
    const auto session = json::parse(in.body, nullptr, false);
    ASSERT_EQ(in.status, 200) << in.body;
    fields_[who] = origin() + "cookie: " + in.cookie() + "\r\nx-smartroute-csrf: " + session["session"]["csrfToken"].get<std::string>() + "\r\n";
  }
  void keep_token(Who who, const char* role) {
    const auto made = call("ApiTokenService/CreateApiToken", {{"name", role}, {"role", role}}, fields_[Who::Operator]);
    ASSERT_EQ(made.status, 200) << made.body;
    fields_[who] = "authorization: Bearer " + json::parse(made.body)["secret"].get<std::string>() + "\r\n";
  }
  void admit_everyone() {
    const auto file = [&](const char* name) {
      std::string text = *base::read_file(directory_ / "state" / name, 4'096);
      text.pop_back();
      return text;
    };
    fields_[Who::Nobody] = origin();
    fields_[Who::Operator] = "authorization: Bearer " + file("admin.token") + "\r\n";
    const json ana = {{"code", file("setup.code")}, {"name", "Ana"}, {"password", "correct horse battery"}};
    keep_session(Who::Expired, call("SessionService/SetUp", ana, origin()));
    clock_.advance(std::chrono::minutes(31));
    keep_session(Who::AdminSession, call("SessionService/SignIn", ana_signs_in, origin()));
    const json vera = {{"name", "Vera"}, {"password", "correct horse battery"}, {"role", "ACCOUNT_ROLE_VIEWER"}};
    ASSERT_EQ(call("UserService/CreateUser", vera, fields_[Who::AdminSession]).status, 200);
    keep_session(Who::ViewerSession, call("SessionService/SignIn", {{"name", "vera"}, {"password", "correct horse battery"}}, origin()));
    keep_token(Who::ViewerToken, "ACCOUNT_ROLE_VIEWER");
    keep_token(Who::AdminToken, "ACCOUNT_ROLE_ADMIN");
  }

  static int wanted(Who who, const std::string& role) {
    if (role == "nobody") return 0;
    if (who == Who::Nobody || who == Who::Expired) return 401;
    const bool viewer = who == Who::ViewerSession || who == Who::ViewerToken;
    return viewer && role == "admin" ? 403 : 0;
  }
  // Asks so that whoever is let through is refused for another reason, before anything happens.
  int ask(const std::string& name, const std::string& fields) const {
    if (name.compare(0, kPackage.size(), kPackage) == 0)
      return send("POST /" + name, "content-type: text/plain\r\n" + fields, "{}").status;
    const std::string path = name.substr(name.find(' ') + 1);
    if (name[0] == 'P') return send("POST " + path, "content-type: text/plain\r\n" + fields, "{}").status;
    if (name[0] != 'W') return send("GET " + path, fields).status;
    return open_socket(path, fields);
  }
  int open_socket(const std::string& path, const std::string& fields) const {
    return send("GET " + path, "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                               "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + fields).status;
  }
  void expect(const std::string& name, const std::string& role, int status, Who who) {
    const int refusal = wanted(who, role);
    const char* const asker = kNames[static_cast<int>(who)];
    if (refusal != 0) {
      EXPECT_EQ(status, refusal) << name << " asked by " << asker;
    } else {
      EXPECT_TRUE(status != 401 && status != 403 && status != 0 && status != 429) << name << " asked by " << asker << ": " << status;
    }
  }

  const json ana_signs_in = {{"name", "ana"}, {"password", "correct horse battery"}};
  FakeClock clock_;
  base::Log log_{base::Level::Off, base::Form::Json, [](const std::string&) {}};
  std::filesystem::path directory_;
  std::unique_ptr<App> app_;
  std::map<Who, std::string> fields_;
};

TEST_F(RolesTest, WhatIsDeclaredIsWhatIsMeant) {
  std::map<std::string, std::string> declared;
  for (const auto& method : app_->methods()) declared[method.name] = method.role;
  EXPECT_EQ(declared, meant());
}

TEST_F(RolesTest, EveryMethodTakesAndGivesWhatIsDeclared) {
  const auto* file = admin::v1::GetConfigRequest::descriptor()->file();
  int methods = 0;
  for (const auto& method : app_->methods()) {
    const auto slash = method.name.find('/');
    const auto* service = file->pool()->FindServiceByName(method.name.substr(0, slash));
    if (service == nullptr) {
      EXPECT_EQ(method.request + method.response, "") << method.name;
      continue;
    }
    const auto* declared = service->FindMethodByName(method.name.substr(slash + 1));
    ASSERT_NE(declared, nullptr) << method.name;
    EXPECT_EQ(method.request, declared->input_type()->full_name()) << method.name;
    EXPECT_EQ(method.response, declared->output_type()->full_name()) << method.name;
    ++methods;
  }
  EXPECT_EQ(methods, static_cast<int>(meant().size() - kPaths.size()));
}

TEST_F(RolesTest, APathIsOnlyWhatItIsSpelt) {
  const std::string fields = fields_[Who::ViewerSession];
  for (const char* path : {"//admin/v1/playground/models", "/admin/v1/playground/models/", "/admin/v1/playground/../playground/models", "/admin/v1/playground/%6dodels",
                           "/Admin/v1/playground/models", "/./admin/v1/playground/models", "/admin/v1/playground/models;x", "/smartroute.admin.v1.UserService/ListUsers/",
                           "/smartroute.admin.v1.userService/ListUsers", "/smartroute.admin.v1.UserService/%4cistUsers"}) {
    for (const char* verb : {"GET ", "HEAD ", "OPTIONS ", "POST ", "PUT "}) {
      const auto answer = send(std::string(verb) + path, "connection: close\r\ncontent-type: application/json\r\n" + fields, verb[1] == 'O' ? "{}" : "");
      EXPECT_TRUE(answer.status == 400 || answer.status == 404 || answer.status == 405 || answer.status == 501) << verb << path << ": " << answer.status;
    }
  }
  for (const char* verb : {"HEAD ", "OPTIONS ", "PUT "})
    EXPECT_GE(send(std::string(verb) + "/admin/v1/playground/models", "connection: close\r\n" + fields).status, 403) << verb;
}

TEST_F(RolesTest, EveryMethodAndPathAnswersEveryoneByRole) {
  int asked = 0;
  for (const auto& method : app_->methods()) {
    for (const Who who : kEveryone) {
      clock_.advance(std::chrono::seconds(6));  // a wrong token more is allowed, and no session idles
      expect(method.name, method.role, ask(method.name, fields_[who]), who);
      ++asked;
    }
  }
  EXPECT_EQ(asked, static_cast<int>(7 * meant().size()));
}

TEST_F(RolesTest, TheStreamsOfTheLogAlsoByHttp) {
  for (const Who who : kEveryone) {
    clock_.advance(std::chrono::seconds(30));
    expect("export", "viewer", send("GET /admin/v1/logs/export?format=csv", fields_[who]).status, who);
    expect("tail", "viewer", open_socket("/admin/v1/logs/tail", fields_[who]), who);
  }
}

TEST_F(RolesTest, ARemovedRoleCountsAtOnceAndASignedOutSessionIsDead) {
  const auto list = [&](Who who) { return call("UserService/ListUsers", json::object(), fields_[who]); };
  const auto users = json::parse(list(Who::AdminSession).body)["users"];
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(list(Who::ViewerSession).status, 403);
  const json promote = {{"id", users[1]["id"]}, {"role", "ACCOUNT_ROLE_ADMIN"}};
  ASSERT_EQ(call("UserService/UpdateUser", promote, fields_[Who::Operator]).status, 200);
  EXPECT_EQ(list(Who::ViewerSession).status, 200);
  ASSERT_EQ(call("SessionService/SignOut", json::object(), fields_[Who::ViewerSession]).status, 200);
  EXPECT_EQ(list(Who::ViewerSession).status, 401);
}

}  // namespace
}  // namespace smartroute::control
