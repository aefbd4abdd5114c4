#include "controlplane/admin/playground.hpp"

#include <atomic>
#include <nlohmann/json.hpp>

#include "controlplane/base/address.hpp"
#include "controlplane/http/query.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::chrono::seconds kConnectTime{5};

struct Trouble {
  int status;
  const char* code;
  std::string message;
};

http::Response to_response(const Trouble& trouble) {
  nlohmann::ordered_json error;
  error["message"] = trouble.message;
  error["type"] = trouble.status < 500 ? "invalid_request_error" : "server_error";
  error["param"] = nullptr;
  error["code"] = trouble.code;
  nlohmann::ordered_json body;
  body["error"] = std::move(error);
  http::Response response;
  response.status = trouble.status;
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

// Pages of this origin may do as they like with what this origin serves: what a data plane or a provider says is never
// one. Its kind is kept where a reader depends on it.
constexpr std::string_view kPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
std::string_view safe_type(std::string_view type) {
  const std::string_view kind = type.substr(0, type.find_first_of("; "));
  for (const std::string_view known : {"application/json", "text/event-stream"})
    if (kind == known) return type;
  return "text/plain; charset=utf-8";
}

// Without a body, whatever follows: not to be answered to a chat, and not to be framed as a stream.
bool is_bodiless(int status) { return status == 204 || status == 205 || status == 304; }

bool is_passed_on(std::string_view name) {
  for (const std::string_view prefix : {"x-smartroute-", "x-ratelimit-"})
    if (name.substr(0, prefix.size()) == prefix) return true;
  return name == "retry-after" || name == "x-request-id" || name == "x-should-retry";
}

// One of the playground's places, for as long as it lives.
class Place {
 public:
  explicit Place(std::shared_ptr<std::atomic<std::size_t>> taken) : taken_(std::move(taken)) {
    if (taken_->fetch_add(1) < kMaxPlaygroundCalls) return;
    taken_->fetch_sub(1);
    taken_ = nullptr;
  }
  ~Place() {
    if (taken_) taken_->fetch_sub(1);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  explicit operator bool() const noexcept { return taken_ != nullptr; }

 private:
  std::shared_ptr<std::atomic<std::size_t>> taken_;
};

// The data plane's answer, as it comes.
class Relay final : public http::BodySource {
 public:
  Relay(outgoing::Client& client, outgoing::Request request, std::string instance, std::unique_ptr<Place> place)
      : client_(client), request_(std::move(request)), instance_(std::move(instance)), place_(std::move(place)) {}

  void set_wake(std::function<void()> wake) override { call_ = client_.start(std::move(request_), std::move(wake)); }

  Piece begin(http::Response& response) override {
    switch (call_->state()) {
      case outgoing::Call::State::Waiting: return Piece::Later;
      case outgoing::Call::State::Failed:
        if (call_->head().status != 0) break;   // there is an answer; that it broke is seen at its end
        response = to_response(unreachable());
        return Piece::Last;
      case outgoing::Call::State::Answering:
      case outgoing::Call::State::Ended: break;
    }
    const outgoing::AnswerHead head = call_->head();
    if (is_bodiless(head.status)) {
      response = to_response({502, "data_plane_broken", "data plane '" + instance_ + "' answered " + std::to_string(head.status) + ", which has no content"});
      return Piece::Last;
    }
    response.status = head.status;
    if (const auto type = head.get("content-type"); !type.empty()) response.content_type = safe_type(type);
    response.headers.emplace_back("content-security-policy", kPolicy);
    for (const auto& [name, value] : head.headers)
      if (is_passed_on(name)) response.headers.emplace_back(name, value);
    response.headers.emplace_back("x-smartroute-instance", instance_);
    return Piece::More;
  }

  Piece next(std::string& out) override {
    switch (call_->take(out)) {
      case outgoing::Call::Taken::Bytes: return Piece::More;
      case outgoing::Call::Taken::Nothing: return Piece::Later;
      case outgoing::Call::Taken::End: return Piece::Last;
      case outgoing::Call::Taken::Failed: break;
    }
    return Piece::Broken;
  }

 private:
  Trouble unreachable() const {
    const outgoing::Failure why = call_->failure();
    if (why.fault == outgoing::Fault::Cancelled) return {503, "shutting_down", "the control plane is stopping"};
    return {503, "data_plane_unreachable",
            "data plane '" + instance_ + "' cannot be reached from the control plane, or broke the connection: " + why.detail};
  }

  outgoing::Client& client_;
  outgoing::Request request_;
  const std::string instance_;
  const std::unique_ptr<Place> place_;
  std::unique_ptr<outgoing::Call> call_;
};

class Desk {
 public:
  Desk(Playground playground, outgoing::Client& client) : playground_(std::move(playground)), client_(client) {}

  http::Response ask(const http::Request& request, outgoing::Verb verb, const char* path) const {
    if (request.body.size() > kMaxPlaygroundBytes)
      return to_response({413, "request_too_large", "the body may have " + std::to_string(kMaxPlaygroundBytes) + " bytes at most"});
    const auto query = http::parse_query(request.head.query);
    if (!query) return to_response({400, "invalid_request", "the query cannot be read: " + query.error().text()});
    const auto chosen = choose(http::find(*query, "instance"));
    if (!chosen) return to_response(chosen.error());
    const auto url = client_address(chosen->hello, playground_.hostname);
    if (!url) return to_response({503, "data_plane_unreachable", url.error().text()});
    auto place = std::make_unique<Place>(taken_);
    if (!*place)
      return to_response({503, "playground_busy", std::to_string(kMaxPlaygroundCalls) + " playground requests are running already; wait until one has ended"});
    http::Response response;
    response.stream = std::make_shared<Relay>(client_, make_request(request, verb, path, *url), chosen->hello.instance.str(), std::move(place));
    return response;
  }

 private:
  outgoing::Request make_request(const http::Request& from, outgoing::Verb verb, const char* path, const config::BaseUrl& url) const {
    outgoing::Request request;
    request.url = url;
    request.path = path;
    request.verb = verb;
    request.headers.emplace_back("user-agent", "smartroute-dashboard/" SMARTROUTE_VERSION);
    if (verb == outgoing::Verb::Post) {
      request.headers.emplace_back("content-type", from.head.content_type);
      request.body = from.body;
    }
    for (const auto& field : from.head.own_fields) request.headers.push_back(field);
    if (const Secret key = playground_.key(); !key.empty())
      request.headers.emplace_back("authorization", "Bearer " + std::string(key.reveal()));
    request.allow_private = true;   // data planes are where their operator put them
    request.connect = kConnectTime;
    request.silence = kPlaygroundSilence;
    return request;
  }

  tl::expected<InstanceStatus, Trouble> choose(std::optional<std::string_view> wanted) const {
    const auto none = [](int status, const char* code, std::string message) {
      return tl::unexpected<Trouble>(Trouble{status, code, std::move(message)});
    };
    const auto instances = playground_.fleet.list();
    if (wanted && !wanted->empty()) {
      for (const auto& one : instances) {
        if (one.hello.instance.str() != *wanted) continue;
        if (one.connected) return one;
        return none(503, "data_plane_not_connected", "that data plane is not connected to the control plane now");
      }
      return none(404, "unknown_instance", "there is no data plane of that id");
    }
    const Revision newest = playground_.fleet.newest();
    const InstanceStatus* best = nullptr;
    for (const auto& one : instances) {   // by id
      if (!one.connected || one.applied.number == 0) continue;
      if (one.applied == newest) return one;
      if (best == nullptr || one.applied > best->applied) best = &one;
    }
    if (best != nullptr) return *best;
    return none(503, "no_data_plane",
                newest.number == 0 ? "there is no configuration yet: save one first"
                                   : "no data plane is connected to this control plane, or none has taken a configuration yet: start smartroute-proxy");
  }

  const Playground playground_;
  outgoing::Client& client_;
  const std::shared_ptr<std::atomic<std::size_t>> taken_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace

Result<config::BaseUrl> client_address(const HelloFacts& hello, const std::string& own_hostname) {
  using config::HostKind;
  const std::string name = "data plane '" + hello.instance.str() + "'";
  for (const std::string_view other : {"https://", "unix:"})
    if (hello.listen.starts_with(other))
      return fail(ErrorKind::NotFound, name + " listens on " + hello.listen + " only; the playground needs a place that speaks plain HTTP: name one first, as in --listen 127.0.0.1:8080");
  const auto listen = base::parse_address(hello.listen);
  if (!listen || listen->port == 0) return fail(ErrorKind::NotFound, name + " did not say where it listens");
  config::BaseUrl url;
  url.tls = false;
  url.host = listen->host;
  url.port = listen->port;
  if (url.host == "0.0.0.0" || url.host == "::" || url.host.empty()) {
    url.host = hello.address.empty() ? "127.0.0.1" : hello.address;
    return url;
  }
  const bool elsewhere = !hello.address.empty() && config::classify_host(hello.address) != HostKind::Loopback && hello.hostname != own_hostname;
  if (config::classify_host(url.host) == HostKind::Loopback && elsewhere)
    return fail(ErrorKind::NotFound, name + " listens on " + hello.listen + ", which only its own machine (" + hello.address +
                                         ") reaches; start it with --listen on an address that the control plane can reach");
  return url;
}

void add_playground_routes(HttpRoutes& routes, Playground playground, outgoing::Client& client) {
  const auto desk = std::make_shared<const Desk>(std::move(playground), client);
  routes.post("/admin/v1/playground/chat/completions", Role::Admin, [desk](const http::Request& request, const Caller&) {
    return desk->ask(request, outgoing::Verb::Post, "/v1/chat/completions");
  });
  routes.get("/admin/v1/playground/models", Role::Admin,
             [desk](const http::Request& request, const Caller&) { return desk->ask(request, outgoing::Verb::Get, "/v1/models"); });
}

}  // namespace smartroute::control::admin
