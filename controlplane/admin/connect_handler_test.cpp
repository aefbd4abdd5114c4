#include "controlplane/admin/connect_handler.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/log_streams.hpp"
#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::admin {
namespace {

const std::string kToken = "sra_0123456789012345678901234567890123456789abc";

class ConnectHandlerTest : public testing::Test {
 protected:
  ConnectHandlerTest() {
    dispatch.add<rpc::ListInstancesRequest, rpc::ListInstancesResponse>(
        "smartroute.admin.v1.FleetService/ListInstances", Role::Viewer,
        [](const rpc::ListInstancesRequest&) -> CallResult<rpc::ListInstancesResponse> {
          rpc::ListInstancesResponse response;
          response.set_newest_revision(3);
          return response;
        });
  }
  http::Head head() const {
    http::Head head;
    head.method = "POST";
    head.path = "/smartroute.admin.v1.FleetService/ListInstances";
    head.host = "127.0.0.1:6688";
    head.authorization = "Bearer " + kToken;
    head.content_type = "application/json";
    head.remote = "127.0.0.1";
    head.has_body = true;
    return head;
  }
  FakeClock clock;
  base::Log log{base::Level::Off, base::Form::Json, [](const std::string&) {}};
  Dispatch dispatch;
  TokenGate gate{Secret(kToken), clock};
  std::unique_ptr<store::Store> store = store::make_memory_store();
  HttpRoutes routes{dispatch};
  OpenSockets sockets;
  Admission admission{dispatch, gate, log};
  ConnectHandler handler{dispatch, admission, routes, sockets};
};

TEST_F(ConnectHandlerTest, AnswersACallWithTheToken) {
  ASSERT_EQ(handler.on_head(head()), std::nullopt);
  const auto answer = handler.on_request({head(), "{}"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["newestRevision"], "3");
}

TEST_F(ConnectHandlerTest, RefusesBeforeTheBodyIsRead) {
  using Edit = void (*)(http::Head&);
  const struct {
    const char* name;
    Edit edit;
    int status;
    const char* code;
  } rows[] = {
      {"no token", [](http::Head& h) { h.authorization.clear(); }, 401, "unauthenticated"},
      {"wrong token", [](http::Head& h) { h.authorization = "Bearer sra_wrong"; }, 401,
       "unauthenticated"},
      {"token without scheme", [](http::Head& h) { h.authorization = kToken; }, 401,
       "unauthenticated"},
      {"basic", [](http::Head& h) { h.authorization = "Basic " + kToken; }, 401, "unauthenticated"},
      {"unknown method, no token",
       [](http::Head& h) {
         h.path += "X";
         h.authorization.clear();
       },
       401, "unauthenticated"},
      {"unknown method", [](http::Head& h) { h.path += "X"; }, 404, "unimplemented"},
      {"other case",
       [](http::Head& h) { h.path = "/smartroute.admin.v1.FleetService/listinstances"; }, 404,
       "unimplemented"},
      {"other path", [](http::Head& h) { h.path = "/admin"; }, 404, "not_found"},
      {"get", [](http::Head& h) { h.method = "GET"; }, 405, "unimplemented"},
      {"post to the page", [](http::Head& h) { h.path = "/"; }, 404, "not_found"},
      {"form", [](http::Head& h) { h.content_type = "application/x-www-form-urlencoded"; }, 415,
       "invalid_argument"},
      {"text", [](http::Head& h) { h.content_type = "text/plain"; }, 415, "invalid_argument"},
      {"no type", [](http::Head& h) { h.content_type.clear(); }, 415, "invalid_argument"},
      {"gzip", [](http::Head& h) { h.content_encoding = "gzip"; }, 501, "unimplemented"},
      {"other origin", [](http::Head& h) { h.origin = "http://evil.example"; }, 403,
       "permission_denied"},
      {"null origin", [](http::Head& h) { h.origin = "null"; }, 403, "permission_denied"},
      {"origin with suffix", [](http::Head& h) { h.origin = "http://127.0.0.1:6688.evil.example"; },
       403, "permission_denied"},
      {"origin of another port", [](http::Head& h) { h.origin = "http://127.0.0.1:6689"; }, 403,
       "permission_denied"},
      {"origin without port", [](http::Head& h) { h.origin = "http://127.0.0.1"; }, 403,
       "permission_denied"},
  };
  for (const auto& row : rows) {
    auto changed = head();
    row.edit(changed);
    clock.advance(std::chrono::hours(1));  // no throttling here
    const auto answer = handler.on_head(changed);
    ASSERT_TRUE(answer) << row.name;
    EXPECT_EQ(answer->status, row.status) << row.name;
    EXPECT_EQ(nlohmann::json::parse(answer->body)["code"], row.code) << row.name;
  }
}

TEST_F(ConnectHandlerTest, TakesItsOwnOrigin) {
  auto own = head();
  own.origin = "http://127.0.0.1:6688";
  EXPECT_EQ(handler.on_head(own), std::nullopt);
  own.host = "Gateway.Example";
  own.origin = "https://gateway.example";
  EXPECT_EQ(handler.on_head(own), std::nullopt);
}

TEST_F(ConnectHandlerTest, ThrottlesWrongTokensButNeverTheRightOne) {
  auto wrong = head();
  wrong.authorization = "Bearer sra_wrong";
  for (int i = 0; i < TokenGate::kBurst; ++i) ASSERT_EQ(handler.on_head(wrong)->status, 401);
  const auto throttled = handler.on_head(wrong);
  ASSERT_EQ(throttled->status, 429);
  auto none = head();
  none.authorization.clear();
  EXPECT_EQ(handler.on_head(none)->status, 401) << "no token is no guess";
  EXPECT_EQ(handler.on_head(head()), std::nullopt);
}

TEST_F(ConnectHandlerTest, ServesFilesToAnyoneWhereNoOtherPathIs) {
  routes.files("/", [](const http::Request& request, const Caller& caller) {
    EXPECT_EQ(caller.role, Role::Nobody);
    http::Response response;
    response.body = "file " + request.head.path;
    return response;
  });
  routes.get("/admin/v1/secret", Role::Viewer, [](const http::Request&, const Caller&) { return http::Response(); });
  auto page = head();
  page.authorization.clear();
  page.sec_fetch_site = "cross-site";  // a link on another page
  for (const char* method : {"GET", "HEAD"}) {
    page.method = method;
    for (const char* path : {"/", "/logs", "/admin/v1/secrets"}) {
      page.path = path;
      ASSERT_EQ(handler.on_head(page), std::nullopt) << path;
      EXPECT_EQ(handler.on_request({page, ""}).body, std::string("file ") + path);
    }
    page.path = "/admin/v1/secret";
    page.sec_fetch_site = "";
    EXPECT_EQ(handler.on_head(page)->status, 401);
  }
}

TEST_F(ConnectHandlerTest, StreamsNeedTheTokenAndTheRightMethod) {
  add_log_streams(dispatch);
  add_log_routes(routes, LogSource{*store, [](const auto&, auto) { return fail(ErrorKind::Draining, "no tail here"); }});
  http::Head exports = head();
  exports.method = "GET";
  exports.path = kExportPath;
  exports.has_body = false;
  EXPECT_EQ(handler.on_head(exports), std::nullopt);
  EXPECT_NE(handler.on_request({exports, ""}).stream, nullptr);
  const struct {
    const char* name;
    std::function<void(http::Head&)> edit;
    int status;
  } rows[] = {
      {"post", [](http::Head& h) { h.method = "POST"; }, 405},
      {"no token", [](http::Head& h) { h.authorization.clear(); }, 401},
      {"other origin", [](http::Head& h) { h.origin = "http://evil"; }, 403},
      {"token as a subprotocol",
       [](http::Head& h) {
         h.authorization.clear();
         h.subprotocols = {"smartroute.token." + kToken};
       },
       401},
      {"the tail without an upgrade", [](http::Head& h) { h.path = kTailPath; }, 426},
  };
  for (const auto& row : rows) {
    http::Head edited = exports;
    row.edit(edited);
    const auto refused = handler.on_head(edited);
    ASSERT_TRUE(refused) << row.name;
    EXPECT_EQ(refused->status, row.status) << row.name;
  }
}

TEST_F(ConnectHandlerTest, AWebSocketMayBringTheTokenAsASubprotocol) {
  add_log_streams(dispatch);
  add_log_routes(routes, LogSource{*store, [](const auto&, auto) { return fail(ErrorKind::Draining, "no tail here"); }});
  http::Head tail = head();
  tail.method = "GET";
  tail.path = kTailPath;
  const auto status = [&](const http::Head& h) {
    const auto answer = handler.on_websocket(h);
    const auto* refused = std::get_if<http::Response>(&answer);
    return refused == nullptr ? 101 : refused->status;
  };
  EXPECT_EQ(status(tail), 101);
  tail.authorization.clear();
  EXPECT_EQ(status(tail), 401);
  tail.subprotocols = {"smartroute.v1", "smartroute.token." + kToken};
  EXPECT_EQ(status(tail), 101);
  tail.subprotocols = {"smartroute.token.sra_wrong"};
  EXPECT_EQ(status(tail), 401);
  tail.subprotocols = {"smartroute.token." + kToken};
  tail.path = "/other";
  EXPECT_EQ(status(tail), 404);
}

TEST_F(ConnectHandlerTest, BadBodyIsInvalidArgument) {
  const auto answer = handler.on_request({head(), "{\"nonsense\":1}"});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["code"], "invalid_argument");
}

}  // namespace
}  // namespace smartroute::control::admin
