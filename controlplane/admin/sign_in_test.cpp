// Sessions, cookies and what pages of other sites can make a browser do with them, against the
// handlers of the admin port.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/admin/account_methods.hpp"
#include "controlplane/admin/connect_handler.hpp"
#include "controlplane/admin/qr_path.hpp"
#include "controlplane/admin/session_cookie.hpp"
#include "controlplane/store/memory_store.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control::admin {
namespace {

using nlohmann::json;
namespace rpc = ::smartroute::admin::v1;

const std::string kToken = "sra_0123456789012345678901234567890123456789abc";
const std::string kPassword = "correct horse battery";
const std::string kHost = "127.0.0.1:6688";

class NoSession final : public http::WebSocketSession {
 public:
  void on_open(std::shared_ptr<http::WebSocketPeer>) override {}
  void on_text(std::string_view) override {}
  void on_closed() override {}
};

class FakePeer final : public http::WebSocketPeer {
 public:
  bool send(std::string) override { return true; }
  std::size_t queued_bytes() const override { return 0; }
  void wake() override {}
  void close(std::uint16_t code, std::string_view) override { closed_with = code; }
  std::uint16_t closed_with = 0;
};

class SignInTest : public testing::Test {
 protected:
  SignInTest() {
    accounts::AccountsOptions options;
    options.cost = {1, 8192};
    accounts = std::move(*accounts::Accounts::open(
        *store, std::move(*store::Sealer::from_master(Secret("a master key for tests, long enough to be taken"))), clock, std::move(options)));
    const AccountView view{*accounts, log};
    add_session_methods(dispatch, view);
    add_own_account_methods(dispatch, view);
    add_user_methods(dispatch, view);
    add_api_token_methods(dispatch, view);
    dispatch.add<rpc::ResetModelHealthRequest, rpc::ResetModelHealthResponse>(
        "smartroute.admin.v1.HealthService/ResetModelHealth", Role::Admin,
        [this](const rpc::ResetModelHealthRequest&) -> CallResult<rpc::ResetModelHealthResponse> {
          ++changes;
          return rpc::ResetModelHealthResponse();
        });
    routes.get("/admin/v1/logs/export", Role::Viewer, [](const http::Request&, const Caller&) { return http::Response(); });
    routes.websocket("/admin/v1/terminal", Role::Viewer, [](const http::Head&, const Caller&) -> http::WebSocketAnswer {
      return std::make_shared<NoSession>();
    });
    admission = std::make_unique<Admission>(dispatch, gate, log, known_callers(*accounts));
    handler = std::make_unique<ConnectHandler>(dispatch, *admission, routes, sockets);
  }

  http::Head head(const std::string& method) const {
    http::Head head;
    head.method = "POST";
    head.path = "/smartroute.admin.v1." + method;
    head.host = kHost;
    head.origin = "http://" + kHost;
    head.content_type = "application/json";
    head.remote = "127.0.0.1";
    head.has_body = true;
    return head;
  }
  http::Response send(const http::Head& h, const json& body = json::object()) const {
    if (auto refused = handler->on_head(h)) return *refused;
    return handler->on_request({h, body.dump()});
  }
  static std::vector<std::string> cookies(const http::Response& response) {
    std::vector<std::string> found;
    for (const auto& [name, value] : response.headers)
      if (name == "set-cookie") found.push_back(value);
    return found;
  }
  // Signs in as a browser would, and remembers cookie and CSRF token.
  void set_up() {
    const auto in = send(head("SessionService/SetUp"), {{"code", accounts->renew_set_up_code()}, {"name", "Ana"}, {"password", kPassword}});
    ASSERT_EQ(in.status, 200) << in.body;
    remember(in);
  }
  void remember(const http::Response& in) {
    cookie = cookies(in)[0].substr(0, cookies(in)[0].find(';'));
    csrf = json::parse(in.body)["session"]["csrfToken"];
  }
  http::Head own(const std::string& method) const {
    http::Head h = head(method);
    h.cookie = cookie;
    h.csrf = csrf;
    return h;
  }
  int socket(const http::Head& h) const {
    const auto answer = handler->on_websocket(h);
    const auto* refused = std::get_if<http::Response>(&answer);
    return refused == nullptr ? 101 : refused->status;
  }

  FakeClock clock;
  std::string logged;
  std::unique_ptr<base::Log> keeper =
      std::make_unique<base::Log>(base::Level::Info, base::Form::Json, [this](const std::string& line) { logged += line; });
  base::Log& log = *keeper;
  Dispatch dispatch;
  TokenGate gate{Secret(kToken), clock};
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<accounts::Accounts> accounts;
  HttpRoutes routes{dispatch};
  OpenSockets sockets;
  std::unique_ptr<Admission> admission;
  std::unique_ptr<ConnectHandler> handler;
  int changes = 0;
  std::string cookie, csrf;
};

TEST_F(SignInTest, TheCookieIsLockedDownAsFarAsThePageAllows) {
  const struct {
    const char* name;
    const char* origin;
    bool plain_wanted;
    bool secure;
  } rows[] = {
      {"https", "https://gw.example", false, true},        {"https never heeds the wish", "https://gw.example", true, true},
      {"http on loopback", "http://127.0.0.1:6688", false, true}, {"localhost", "http://localhost:6688", false, true},
      {"below localhost", "http://gw.localhost", false, true},    {"IPv6 loopback", "http://[::1]:6688", false, true},
      {"loopback, browser kept none", "http://localhost:6688", true, false}, {"http elsewhere", "http://10.0.0.7:6688", false, false},
      {"a name that only begins so", "http://127.0.0.1.evil.example", false, false}, {"localhost as a prefix", "http://localhost.evil.example", false, false},
  };
  for (const auto& row : rows) {
    const CookieForm form = cookie_form(page_origin(row.origin), row.plain_wanted);
    EXPECT_EQ(form == CookieForm::Secure, row.secure) << row.name;
    const auto set = set_session_cookie("TOKEN", form);
    EXPECT_EQ(set[0].find(row.secure ? "__Host-smartroute=TOKEN; " : "smartroute-session=TOKEN; "), 0u) << set[0];
    for (const char* attribute : {"; Path=/", "; HttpOnly", "; SameSite=Strict"}) EXPECT_NE(set[0].find(attribute), std::string::npos) << set[0];
    EXPECT_EQ(set[0].find("; Secure") != std::string::npos, row.secure) << set[0];
    EXPECT_EQ(set[0].find("Domain"), std::string::npos);
    EXPECT_NE(set[1].find("Max-Age=0"), std::string::npos) << "the other form is dropped";
  }
}

TEST_F(SignInTest, ReadsEitherCookieAndRefusesTwoThatDiffer) {
  const struct {
    const char* header;
    const char* token;
    bool contradict;
  } rows[] = {{"", "", false},
              {"__Host-smartroute=a", "a", false},
              {"x=1; smartroute-session=b ; y", "b", false},
              {"__Host-smartroute=a; smartroute-session=a", "a", false},
              {"__Host-smartroute=a; smartroute-session=b", "a", true},
              {"smartroute-session=a; smartroute-session=b", "a", true},
              {"__host-smartroute=a", "", false},
              {"__Host-smartroute=", "", false},
              {"a__Host-smartroute=a; =; ;;", "", false}};
  for (const auto& row : rows) {
    const auto read = read_session_cookie(row.header);
    EXPECT_EQ(read.session ? read.session->token : "", row.token) << row.header;
    EXPECT_EQ(read.contradict, row.contradict) << row.header;
  }
  set_up();
  auto two = own("HealthService/ResetModelHealth");
  two.cookie += "; smartroute-session=another";
  EXPECT_EQ(send(two).status, 401);
}

TEST_F(SignInTest, SaysWhoIsSignedInAndWhetherAnybodyCouldBe) {
  auto said = json::parse(send(head("SessionService/GetSession")).body);
  EXPECT_TRUE(said["setUpNeeded"]);
  EXPECT_FALSE(said.contains("user"));
  EXPECT_FALSE(said.contains("version"));
  set_up();
  auto without_csrf = own("SessionService/GetSession");
  without_csrf.csrf.clear();
  said = json::parse(send(without_csrf).body);
  EXPECT_EQ(said["user"]["name"], "Ana");
  EXPECT_EQ(said["csrfToken"], csrf);
  EXPECT_TRUE(said["secureCookie"]);
  EXPECT_FALSE(said.contains("setUpNeeded"));
  const std::int64_t now = micros_since_epoch(clock.wall()) / 1000;
  EXPECT_EQ(std::stoll(said["expiresAtMs"].get<std::string>()), now + 8LL * 3600 * 1000);
  EXPECT_EQ(std::stoll(said["idleExpiresAtMs"].get<std::string>()), now + 30LL * 60 * 1000);
}

TEST_F(SignInTest, TwelveWaysOfAnotherSiteChangeNothing) {
  set_up();
  ASSERT_EQ(send(own("HealthService/ResetModelHealth")).status, 200);
  ASSERT_EQ(changes, 1);
  using Edit = std::function<void(http::Head&)>;
  const struct {
    const char* name;
    Edit edit;
  } rows[] = {
      {"a form", [](http::Head& h) { h.origin = "http://evil.example", h.content_type = "application/x-www-form-urlencoded"; }},
      {"a multipart form", [](http::Head& h) { h.origin = "http://evil.example", h.content_type = "multipart/form-data; boundary=x"; }},
      {"a text form", [](http::Head& h) { h.origin = "http://evil.example", h.content_type = "text/plain"; }},
      {"a form of a sandbox", [](http::Head& h) { h.origin = "null", h.content_type = "text/plain"; }},
      {"a fetch without asking", [](http::Head& h) { h.origin = "http://evil.example", h.csrf = ""; }},
      {"a fetch that guessed all but the origin", [](http::Head& h) { h.origin = "http://evil.example"; }},
      {"no origin at all", [](http::Head& h) { h.origin = ""; }},
      {"another port of this host", [](http::Head& h) { h.origin = "http://127.0.0.1:3000"; }},
      {"another site, says the browser", [](http::Head& h) { h.sec_fetch_site = "cross-site"; }},
      {"a sister site, says the browser", [](http::Head& h) { h.sec_fetch_site = "same-site"; }},
      {"own page without the token", [](http::Head& h) { h.csrf = ""; }},
      {"own page with another token", [](http::Head& h) { h.csrf.back() = h.csrf.back() == 'A' ? 'B' : 'A'; }},
      {"own page with a form", [](http::Head& h) { h.content_type = "application/x-www-form-urlencoded"; }},
      {"a host in other letters", [](http::Head& h) { h.host = "LOCALHOST:6688", h.origin = "http://localhost:6688"; }},
      {"the token as the cookie says it", [this](http::Head& h) { h.csrf = cookie.substr(cookie.find('=') + 1); }},
  };
  for (const auto& row : rows) {
    auto h = own("HealthService/ResetModelHealth");
    row.edit(h);
    const int status = send(h).status;
    EXPECT_TRUE(status == 403 || status == 415) << row.name << ": " << status;
  }
  EXPECT_EQ(changes, 1);
}

TEST_F(SignInTest, NobodyIsSignedInFromAnotherSite) {
  set_up();
  for (const char* type : {"application/x-www-form-urlencoded", "text/plain", "multipart/form-data"}) {
    auto form = head("SessionService/SignIn");
    form.content_type = type;
    EXPECT_EQ(send(form, {{"name", "ana"}, {"password", kPassword}}).status, 415) << type;
  }
  auto fetched = head("SessionService/SignIn");
  fetched.origin = "http://evil.example";
  EXPECT_EQ(send(fetched, {{"name", "ana"}, {"password", kPassword}}).status, 403);
}

TEST_F(SignInTest, ATokenNeedsNoPageAndACookieBesideItIsNotLookedAt) {
  set_up();
  auto by_token = head("HealthService/ResetModelHealth");
  by_token.origin.clear();
  by_token.authorization = "Bearer " + kToken;
  by_token.cookie = cookie;
  EXPECT_EQ(send(by_token).status, 200);
  by_token.authorization = "Bearer srt_wrong";
  EXPECT_EQ(send(by_token).status, 401) << "a wrong token does not fall back to the cookie";
}

TEST_F(SignInTest, AWebSocketOpensFromThisOriginOnly) {
  set_up();
  auto h = own("");
  h.method = "GET";
  h.path = "/admin/v1/terminal";
  h.csrf.clear();
  h.has_body = false;
  EXPECT_EQ(socket(h), 101);
  for (const char* origin : {"null", "http://127.0.0.1:6688.evil.example", "http://127.0.0.1:6689", "HTTP://127.0.0.1:6688", "",
                             "http://127.0.0.1:6688/", "http://127.0.0.1", "ws://127.0.0.1:6688", "http://a@127.0.0.1:6688"}) {
    h.origin = origin;
    EXPECT_EQ(socket(h), 403) << origin;
  }
  h.origin = "http://" + kHost;
  h.cookie = "__Host-smartroute=" + std::string(43, 'A');
  EXPECT_EQ(socket(h), 401);
}

TEST_F(SignInTest, AnOpenSocketEndsWithItsSession) {
  set_up();
  auto h = own("");
  h.method = "GET";
  h.path = "/admin/v1/terminal";
  auto answer = handler->on_websocket(h);
  const auto session = std::get<std::shared_ptr<http::WebSocketSession>>(answer);
  const auto peer = std::make_shared<FakePeer>();
  session->on_open(peer);
  const auto look = [&] { sockets.close_ended([&](const Caller& caller) { return admission->lives(caller); }); };
  clock.advance(std::chrono::minutes(29));
  look();
  EXPECT_EQ(peer->closed_with, 0);
  clock.advance(std::chrono::minutes(1));
  look();
  EXPECT_EQ(peer->closed_with, kSessionEnded);
  session->on_closed();
  EXPECT_EQ(sockets.size(), 0u);
}

TEST_F(SignInTest, ADownloadComesFromThisSiteOnly) {
  set_up();
  auto h = own("");
  h.method = "GET";
  h.path = "/admin/v1/logs/export";
  h.origin.clear();
  h.csrf.clear();
  for (const char* site : {"", "same-origin", "none"}) {
    h.sec_fetch_site = site;
    EXPECT_EQ(send(h).status, 200) << site;
  }
  for (const char* site : {"cross-site", "same-site", "none, cross-site"}) {
    h.sec_fetch_site = site;
    EXPECT_EQ(send(h).status, 403) << site;
  }
  h.sec_fetch_site.clear();
  h.origin = "http://evil.example";
  EXPECT_EQ(send(h).status, 403);
}

TEST_F(SignInTest, SignedOutIsSignedOut) {
  set_up();
  const auto out = send(own("SessionService/SignOut"));
  ASSERT_EQ(out.status, 200);
  ASSERT_EQ(cookies(out).size(), 2u);
  for (const auto& dropped : cookies(out)) EXPECT_NE(dropped.find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(send(own("HealthService/ResetModelHealth")).status, 401) << "the cookie played again";
  EXPECT_EQ(json::parse(send(own("SessionService/GetSession")).body).contains("user"), false);
}

TEST_F(SignInTest, ANewSignInReplacesTheSessionOfTheBrowser) {
  set_up();
  const http::Head before = own("HealthService/ResetModelHealth");
  auto again = own("SessionService/SignIn");
  again.csrf.clear();
  remember(send(again, {{"name", "ana"}, {"password", kPassword}}));
  EXPECT_EQ(send(before).status, 401);
  EXPECT_EQ(send(own("HealthService/ResetModelHealth")).status, 200);
}

TEST_F(SignInTest, ATokenHasNoAccount) {
  set_up();
  auto by_token = head("AccountService/ListSessions");
  by_token.authorization = "Bearer " + kToken;
  const auto answer = send(by_token);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["code"], "failed_precondition");
}

TEST_F(SignInTest, AWrongCurrentPasswordDoesNotEndTheSession) {
  set_up();
  const auto wrong = send(own("AccountService/ChangePassword"), {{"currentPassword", "not the password"}, {"newPassword", "another long one"}});
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(send(own("HealthService/ResetModelHealth")).status, 200);
}

TEST_F(SignInTest, AThiefOfTheSessionCannotLockItsOwnerOut) {
  set_up();
  const std::string id = accounts->users()[0].id;
  for (const json& change : {json{{"id", id}, {"newPassword", "another long one"}}, json{{"id", id}, {"removeTwoFactor", true}}})
    EXPECT_EQ(send(own("UserService/UpdateUser"), change).status, 400);
  EXPECT_EQ(send(own("UserService/DeleteUser"), {{"id", id}}).status, 400);
}

TEST_F(SignInTest, ThrottledTriesAreToldWhenToComeBack) {
  set_up();
  http::Response last;
  for (int i = 0; i < 6; ++i) last = send(head("SessionService/SignIn"), {{"name", "ana"}, {"password", "a wrong password"}});
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(std::count_if(last.headers.begin(), last.headers.end(), [](const auto& header) { return header.first == "retry-after"; }), 1);
}

TEST_F(SignInTest, AThousandTriesAreALineOfTheLog) {
  set_up();
  clock.advance(std::chrono::minutes(1));
  const auto tries = [this](int times) {
    for (int i = 0; i < times; ++i) send(head("SessionService/SignIn"), {{"name", "ana"}, {"password", "a wrong password"}});
    for (int i = 0; i < times; ++i) send(own("AccountService/ChangePassword"), {{"currentPassword", "a wrong password"}, {"newPassword", "another long one"}});
  };
  tries(500);
  clock.advance(std::chrono::seconds(1));
  tries(1);
  std::size_t lines = 0;
  for (auto at = logged.find("\"warn\""); at != std::string::npos; at = logged.find("\"warn\"", at + 1)) ++lines;
  EXPECT_EQ(lines, 2u) << logged;
  EXPECT_NE(logged.find("\"lines_left_out\":999"), std::string::npos) << logged;
}

TEST_F(SignInTest, AWrongTokenIsAGuessWhereverItIsShown) {
  http::Head guess = head("SessionService/GetSession");
  guess.authorization = "Bearer sra_wrong";
  int refused = 0, throttled = 0;
  for (int i = 0; i < 100; ++i) {
    const int status = send(guess).status;
    refused += status == 401 ? 1 : 0;
    throttled += status == 429 ? 1 : 0;
  }
  EXPECT_EQ(refused + throttled, 100) << "the answer of an open method would tell whether it was right";
  EXPECT_EQ(refused, TokenGate::kBurst);
}

TEST_F(SignInTest, TheLogTellsWhoAndNeverASecret) {
  set_up();
  send(head("SessionService/SignIn"), {{"name", "hunter2hunter2"}, {"password", "typed in the wrong field"}});
  send(own("ApiTokenService/CreateApiToken"), {{"name", "nightly"}, {"role", "ACCOUNT_ROLE_VIEWER"}});
  const auto token = send(own("ApiTokenService/CreateApiToken"), {{"name", "weekly"}, {"role", "ACCOUNT_ROLE_VIEWER"}});
  const std::string secret = json::parse(token.body)["secret"];
  send(own("UserService/CreateUser"), {{"name", "Bob"}, {"password", "another long one"}, {"role", "ACCOUNT_ROLE_VIEWER"}});
  keeper.reset();  // writes what waits
  for (const char* line : {"set up: the first admin", "sign-in failed", "API token created", "user created", "\"Bob\"", "\"nightly\"", "\"Ana\""})
    EXPECT_NE(logged.find(line), std::string::npos) << line << " in " << logged;
  for (const std::string& canary : {kPassword, secret, secret.substr(10), csrf, cookie.substr(20), std::string("hunter2"), std::string("another long one"), std::string("wrong field")})
    EXPECT_EQ(logged.find(canary), std::string::npos) << canary;
}

TEST(QrPath, DrawsEveryDarkModuleOnce) {
  const QrPath qr = qr_path("otpauth://totp/SmartRoute:ana?secret=MZXW6YTBOI&issuer=SmartRoute");
  EXPECT_GE(qr.modules, 21u);
  EXPECT_EQ((qr.modules - 17) % 4, 0u);
  EXPECT_EQ(qr.path.find("M0 0h7v1h-7z"), 0u) << "the finder pattern at the top left";
  EXPECT_EQ(qr.path.find_first_not_of("M0123456789 hv-z"), std::string::npos);
  EXPECT_EQ(qr_path(std::string(4'000, 'x')).path, "");
}

}  // namespace
}  // namespace smartroute::control::admin
