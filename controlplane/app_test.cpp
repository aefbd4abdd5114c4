// The control plane as a whole, in one process: RocksDB in a temporary directory, gRPC and HTTP
// over real sockets.
#include "controlplane/app.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "controlplane/base/files.hpp"
#include "smartroute/v1/admin.grpc.pb.h"
#include "smartroute/v1/sync.grpc.pb.h"
#include "smartroute/v1/telemetry.grpc.pb.h"

namespace smartroute::control {
namespace {

namespace fs = std::filesystem;
namespace rpc = ::smartroute::admin::v1;
namespace asio = boost::asio;
using asio::ip::tcp;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// No wait in this file is longer, however slow the machine; none is expected to come near it.
constexpr std::chrono::seconds kPatience{60};

const std::string kCanary = "sk-canary-0123456789-provider-key";
const std::string kGatewayCanary = "sk-canary-9876543210-gateway-key";

std::string document(const std::string& t1 = "openai/gpt-4o-mini",
                     const std::string& key = kCanary) {
  return "gateway: {api_keys: [" + kGatewayCanary + "]}\n" +
         "providers:\n  - {id: openai, protocol: openai, base_url: \"https://api.openai.com/v1\", "
         "api_key: " +
         key + "}\n" + "tiers:\n  t1: {models: [" + t1 + "]}\n  t2: {models: [openai/gpt-4o]}\n" +
         "  t3: {models: [openai/o3]}\nrouter: {mode: keyword, default_tier: t2}\n";
}

// One with an error in its last line.
std::string bad_document() { return document("openai/typo") + "default_provider: opnai\n"; }

struct HttpAnswer {
  int status = 0;
  std::string head;
  std::string body;
  json parsed() const { return json::parse(body, nullptr, false); }
};

HttpAnswer http_call(const std::string& address, const std::string& request) {
  asio::io_context io;
  tcp::socket socket(io);
  const auto colon = address.rfind(':');
  socket.connect({asio::ip::make_address(address.substr(0, colon)),
                  static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))});
  asio::write(socket, asio::buffer(request));
  std::string bytes;
  boost::system::error_code ec;
  asio::read(socket, asio::dynamic_buffer(bytes), ec);
  HttpAnswer answer;
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.status = std::stoi(bytes.substr(9, 3));
  answer.head = bytes.substr(0, end);
  answer.body = bytes.substr(end + 4);
  return answer;
}

// Speaks the data plane's side of Sync.
class FakeDataPlane {
 public:
  FakeDataPlane(const std::string& address, const std::string& id, std::uint64_t applied = 0,
                const std::string& fingerprint = "") {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(16 * 1024 * 1024);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    context_.set_deadline(std::chrono::system_clock::now() + kPatience);
    stream_ = v1::Sync::NewStub(channel_)->Subscribe(&context_);
    v1::DataPlaneMessage message;
    auto* hello = message.mutable_hello();
    hello->set_instance_id(id);
    hello->set_version("test");
    hello->set_applied_revision(applied);
    hello->set_applied_fingerprint(fingerprint);
    stream_->Write(message);
  }
  ~FakeDataPlane() {
    context_.TryCancel();
    if (!finished_) stream_->Finish();
  }

  // The next push; a message without config when the stream ended.
  v1::ConfigPush next() {
    v1::ControlMessage message;
    if (!stream_->Read(&message)) return {};
    return message.config();
  }
  // The next push of scores; configurations on the way are taken.
  v1::ScorePush next_scores() {
    for (v1::ControlMessage message; stream_->Read(&message);) {
      if (message.has_scores()) return message.scores();
      ack(message.config());
    }
    ADD_FAILURE() << "the stream ended";
    return {};
  }
  // A 429 with a cooldown of ten minutes.
  void report_limited(std::uint64_t sequence, const std::string& model) {
    v1::DataPlaneMessage message;
    message.mutable_health()->set_sequence(sequence);
    auto& tally = *message.mutable_health()->add_models();
    tally.set_model(model);
    auto& failures = *tally.add_failures();
    failures.set_kind("rate_limited");
    failures.set_count(1);
    tally.set_cooling_ms(600'000);
    tally.set_cooling_reason("rate_limited");
    stream_->Write(message);
  }
  void ack(const v1::ConfigPush& push) {
    v1::DataPlaneMessage message;
    message.mutable_ack()->set_nonce(push.nonce());
    message.mutable_ack()->set_revision(push.revision());
    stream_->Write(message);
  }
  void nack(const v1::ConfigPush& push, const std::string& what) {
    v1::DataPlaneMessage message;
    message.mutable_nack()->set_nonce(push.nonce());
    message.mutable_nack()->set_revision(push.revision());
    auto* problem = message.mutable_nack()->add_problems();
    problem->set_path("router.mode");
    problem->set_what(what);
    stream_->Write(message);
  }
  grpc::Status finish() {
    finished_ = true;
    return stream_->Finish();
  }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::DataPlaneMessage, v1::ControlMessage>> stream_;
  bool finished_ = false;
};

class AppTest : public testing::Test {
 protected:
  AppTest() {
    std::string name = (fs::temp_directory_path() / "smartroute-app-XXXXXX").string();
    dir = ::mkdtemp(name.data());
    options.state = dir / "state";
    options.admin.port = 0;
    options.ops.port = 0;
    options.ready_file = dir / "ready.json";
  }
  ~AppTest() override {
    app.reset();
    EXPECT_EQ(logged.find(kCanary), std::string::npos) << "a secret was logged";
    EXPECT_EQ(logged.find(kGatewayCanary), std::string::npos) << "a secret was logged";
    fs::remove_all(dir);
  }

  void start() {
    auto built = App::build(options, clock, log);
    ASSERT_TRUE(built) << built.error().error.text();
    app = std::move(*built);
    token = base::read_file(app->admin_token_file(), 1'000).value();
    token.pop_back();
  }
  void restart() {
    app.reset();
    start();
  }

  // A Connect unary call; no answer may ever show a secret.
  HttpAnswer call(const std::string& method, const json& body, const std::string& headers = "") {
    const std::string text = body.dump();
    auto answer = http_call(
        app->addresses().admin,
        "POST /smartroute.admin.v1." + method + " HTTP/1.1\r\nHost: " + app->addresses().admin +
            "\r\nAuthorization: Bearer " + token +
            "\r\nContent-Type: application/json\r\nConnection: close\r\n" + headers +
            "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
    for (const auto& secret : {kCanary, kGatewayCanary, token}) {
      EXPECT_EQ(answer.body.find(secret), std::string::npos) << method << " shows a secret";
    }
    return answer;
  }
  HttpAnswer get(const std::string& address, const std::string& path) {
    return http_call(address, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  HttpAnswer put(const std::string& text, std::uint64_t base) {
    return call("ConfigService/PutConfig",
                {{"source", {{"text", text}}}, {"baseRevision", std::to_string(base)}});
  }
  // Puts a good configuration; its revision.
  std::uint64_t put_ok(const std::string& text, std::uint64_t base) {
    const auto answer = put(text, base);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return std::stoull(answer.parsed()["revision"].value("number", "0"));
  }
  // The row of an instance in the fleet once `good` likes it.
  template <class Good>
  json instance_when(const std::string& id, Good good) {
    json row;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto answer = call("FleetService/ListInstances", json::object()).parsed();
      for (const auto& instance : answer.value("instances", json::array())) {
        if (instance["instanceId"] == id) row = instance;
      }
      if (row.is_object() && good(row)) return row;
      std::this_thread::yield();
    }
    ADD_FAILURE() << id << " never got there: " << row.dump();
    return row;
  }
  std::string metric(const std::string& name) {
    const std::string text = "\n" + get(app->addresses().ops, "/metrics").body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos
               ? ""
               : text.substr(at + name.size() + 2, text.find('\n', at + 1) - at - name.size() - 2);
  }

  std::string lines() {
    const std::lock_guard lock(logged_mutex);
    return logged;
  }

  fs::path dir;
  AppOptions options;
  SystemClock clock;
  std::mutex logged_mutex;
  std::string logged;
  base::Log log{base::Level::Debug, base::Form::Json, [this](const std::string& line) {
                  const std::lock_guard lock(logged_mutex);
                  logged += line + "\n";
                }};
  std::unique_ptr<App> app;
  std::string token;
};

TEST_F(AppTest, AConfigurationReachesDataPlanesAndTheFleetShowsWhoTookIt) {
  start();
  FakeDataPlane good(app->addresses().grpc, "good"), picky(app->addresses().grpc, "picky");
  instance_when("picky", [](const json& row) { return row.value("connected", false); });
  ASSERT_EQ(put_ok(document(), 0), 1u);

  const auto to_good = good.next();
  EXPECT_EQ(to_good.revision(), 1u);
  EXPECT_FALSE(to_good.fingerprint().empty());
  EXPECT_EQ(to_good.config().providers(0).api_key().value(), kCanary)
      << "data planes need the secret itself";
  good.ack(to_good);
  const auto to_picky = picky.next();
  picky.nack(to_picky, "is not known to this version");

  const auto applied = instance_when(
      "good", [](const json& row) { return row.value("appliedRevision", "") == "1"; });
  EXPECT_FALSE(applied.contains("rejectedRevision"));
  const auto rejected = instance_when(
      "picky", [](const json& row) { return row.value("rejectedRevision", "") == "1"; });
  EXPECT_EQ(rejected["problems"][0]["path"], "router.mode");
  EXPECT_EQ(rejected["problems"][0]["what"], "is not known to this version");
  EXPECT_FALSE(rejected.contains("appliedRevision"));
  EXPECT_EQ(metric("smartroute_config_apply_failures_total"), "1");
  EXPECT_EQ(metric("smartroute_dataplanes_connected"), "2");
  EXPECT_EQ(metric("smartroute_dataplanes_current"), "1");

  ASSERT_EQ(put_ok(document("openai/gpt-4.1-nano"), 1), 2u);
  EXPECT_EQ(good.next().revision(), 2u);
  EXPECT_EQ(picky.next().revision(), 2u);
}

TEST_F(AppTest, ASlowDataPlaneGetsTheNewestAndNothingInBetween) {
  start();
  ASSERT_EQ(put_ok(document(), 0), 1u);
  FakeDataPlane slow(app->addresses().grpc, "slow");
  const auto first = slow.next();
  for (std::uint64_t base = 1; base <= 30; ++base) {
    ASSERT_EQ(put_ok(document("openai/model-" + std::to_string(base)), base), base + 1);
  }
  slow.ack(first);
  const auto second = slow.next();
  EXPECT_EQ(second.revision(), 31u);
  EXPECT_EQ(second.nonce(), first.nonce() + 1);
  slow.ack(first);  // stale: changes nothing
  slow.ack(second);
  instance_when("slow", [](const json& row) { return row.value("appliedRevision", "") == "31"; });
  EXPECT_EQ(metric("smartroute_config_pushes_total"), "2");
}

TEST_F(AppTest, AnInstanceThatServesTheNewestIsLeftAlone) {
  start();
  put_ok(document(), 0);
  v1::ConfigPush push;
  {
    FakeDataPlane before(app->addresses().grpc, "proxy");
    push = before.next();
    before.ack(push);
    instance_when("proxy", [](const json& row) { return row.value("appliedRevision", "") == "1"; });
  }
  FakeDataPlane after(app->addresses().grpc, "proxy", push.revision(), push.fingerprint());
  instance_when("proxy", [](const json& row) { return row.value("connected", false); });
  put_ok(document("openai/gpt-4.1-nano"), 1);
  EXPECT_EQ(after.next().revision(), 2u);
}

TEST_F(AppTest, DoesNotPushOverAnInstanceThatIsAheadAndSaysSo) {
  start();
  put_ok(document(), 0);
  FakeDataPlane ahead(app->addresses().grpc, "ahead", 3, "of another history");
  const auto row = instance_when("ahead", [](const json& r) { return r.contains("problems"); });
  EXPECT_THAT(row["problems"][0]["what"],
              HasSubstr("the control plane is behind this instance: revision 3 > 1"));
  EXPECT_THAT(lines(), HasSubstr("behind a data plane"));
  EXPECT_EQ(metric("smartroute_dataplanes_ahead"), "1");
  put_ok(document("openai/a"), 1);
  put_ok(document("openai/b"), 2);
  EXPECT_EQ(ahead.next().revision(), 3u)
      << "no revision below what it has, and its own history loses";
}

TEST_F(AppTest, RefusesAStreamWithoutAProperHello) {
  start();
  FakeDataPlane nameless(app->addresses().grpc, "");
  EXPECT_EQ(nameless.next().revision(), 0u);
  EXPECT_EQ(nameless.finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(metric("smartroute_dataplane_streams_refused_total"), "1");
}

TEST_F(AppTest, ALostCompareAndSwapIsAConflict) {
  start();
  put_ok(document(), 0);
  const auto answer = put(document("openai/other"), 0);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.parsed()["code"], "aborted");
  EXPECT_THAT(answer.parsed()["message"], HasSubstr("1"));
}

TEST_F(AppTest, ProblemsOfARefusedConfigurationReachTheClient) {
  start();
  const auto answer = put(bad_document(), 0);
  ASSERT_EQ(answer.status, 400) << answer.body;
  const auto parsed = answer.parsed();
  EXPECT_EQ(parsed["code"], "invalid_argument");
  ASSERT_FALSE(parsed["problems"].empty());
  EXPECT_THAT(parsed["problems"][0]["path"], HasSubstr("default_provider"));
  EXPECT_THAT(parsed["message"], HasSubstr("default_provider"));
  EXPECT_EQ(metric("smartroute_config_revision"), "0");
  const auto checked =
      call("ConfigService/ValidateConfig", {{"source", {{"text", bad_document()}}}}).parsed();
  EXPECT_FALSE(checked.value("valid", false));
  EXPECT_FALSE(checked["problems"].empty());
}

TEST_F(AppTest, HistoryDiffAndRollback) {
  start();
  put_ok(document(), 0);
  put_ok(document("openai/gpt-4.1-nano", "sk-another-key-0123456789"), 1);
  const auto diff = call("ConfigService/DiffRevisions", {{"from", "1"}, {"to", "2"}}).parsed();
  EXPECT_THAT(diff["unified"], HasSubstr("+"));
  EXPECT_EQ(diff["changes"].size(), 2u) << diff.dump(1);

  const auto back =
      call("ConfigService/Rollback", {{"to", "1"}, {"baseRevision", "2"}, {"note", "oops"}});
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(back.parsed()["revision"]["number"], "3");
  EXPECT_EQ(back.parsed()["revision"]["rollbackOf"], "1");
  FakeDataPlane proxy(app->addresses().grpc, "proxy");
  EXPECT_EQ(proxy.next().config().providers(0).api_key().value(), kCanary);

  const auto page = call("ConfigService/ListRevisions", {{"pageSize", 2}}).parsed();
  ASSERT_EQ(page["revisions"].size(), 2u);
  EXPECT_EQ(page["revisions"][0]["number"], "3");
  EXPECT_EQ(page["nextBefore"], "2");
  EXPECT_EQ(call("ConfigService/Rollback", {{"to", "9"}, {"baseRevision", "3"}}).status, 404);
}

TEST_F(AppTest, AnEditedConfigurationKeepsTheSecretsItShowedAsHints) {
  start();
  put_ok(document(), 0);
  auto shown = call("ConfigService/GetConfig", json::object()).parsed();
  EXPECT_THAT(shown.dump(), Not(HasSubstr("sealed")));
  auto config = shown["config"];
  config["tiers"]["t1"]["models"] = {"openai/gpt-4.1-nano"};
  const auto answer =
      call("ConfigService/PutConfig", {{"source", {{"config", config}}}, {"baseRevision", "1"}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  FakeDataPlane proxy(app->addresses().grpc, "proxy");
  const auto push = proxy.next();
  EXPECT_EQ(push.config().providers(0).api_key().value(), kCanary);
  EXPECT_EQ(push.config().gateway().api_keys(0).value(), kGatewayCanary);
}

TEST_F(AppTest, ARestartKeepsRevisionsTokenAndTheNewest) {
  start();
  put_ok(document(), 0);
  put_ok(document("openai/gpt-4.1-nano"), 1);
  const std::string token_before = token;
  FakeDataPlane proxy(app->addresses().grpc, "proxy");
  EXPECT_EQ(proxy.next().revision(), 2u);
  restart();
  EXPECT_EQ(token, token_before);
  EXPECT_EQ(call("ConfigService/GetConfig", json::object()).parsed()["revision"]["number"], "2");
  EXPECT_EQ(call("ConfigService/ListRevisions", json::object()).parsed()["revisions"].size(), 2u);
  FakeDataPlane again(app->addresses().grpc, "proxy");
  EXPECT_EQ(again.next().config().tiers().t1().models(0), "openai/gpt-4.1-nano");
}

TEST_F(AppTest, HealthIsNamedAsDataPlanesNameItSurvivesARestartAndLeavesWithItsModel) {
  start();
  put_ok(document("gpt-4o-mini") + "default_provider: openai\n", 0);
  {
    FakeDataPlane one(app->addresses().grpc, "one"), other(app->addresses().grpc, "other");
    one.report_limited(1, "openai/gpt-4o-mini");
    EXPECT_EQ(one.next_scores().acknowledged(), 1u);
    const auto push = other.next_scores();
    ASSERT_EQ(push.models_size(), 1);
    EXPECT_EQ(push.models(0).model(), "openai/gpt-4o-mini");
  }
  const auto listed = [&] {
    std::map<std::string, json> models;
    const auto answer = call("HealthService/ListModelHealth", json::object()).parsed();
    for (const auto& model : answer.value("models", json::array())) models[model.value("model", "")] = model;
    return models;
  };
  auto models = listed();
  EXPECT_EQ(models.size(), 3u) << "sound ones too";
  EXPECT_EQ(models["openai/o3"]["health"], 100);
  const double score = models["openai/gpt-4o-mini"]["score"];
  EXPECT_GT(score, 1);
  EXPECT_EQ(models["openai/gpt-4o-mini"]["provider"], "openai");
  EXPECT_NE(metric("smartroute_control_model_health{model=\"openai/gpt-4o-mini\"}"), "1");
  EXPECT_EQ(metric("smartroute_health_reports_total{result=\"taken\"}"), "1");

  restart();
  models = listed();
  EXPECT_NEAR(models["openai/gpt-4o-mini"]["score"], score, 0.5);
  EXPECT_EQ(models["openai/gpt-4o-mini"]["coolingReason"], "rate_limited");
  FakeDataPlane late(app->addresses().grpc, "late");
  EXPECT_EQ(late.next_scores().models_size(), 1);

  EXPECT_EQ(call("HealthService/ResetModelHealth", {{"model", "gpt-4o-mini"}}).status, 404);
  EXPECT_EQ(call("HealthService/ResetModelHealth", {{"model", "openai/gpt-4o-mini"}}).parsed()["models"], 1);
  EXPECT_EQ(listed()["openai/gpt-4o-mini"]["health"], 100);

  put_ok(document("openai/gpt-4.1-nano"), 1);
  models = listed();
  EXPECT_EQ(models.count("openai/gpt-4o-mini"), 0u);
  EXPECT_EQ(models.count("openai/gpt-4.1-nano"), 1u);
}

TEST_F(AppTest, ATelemetryBatchReportedTwiceIsStoredOnce) {
  start();
  const auto channel =
      grpc::CreateChannel(app->addresses().grpc, grpc::InsecureChannelCredentials());
  const auto stub = v1::Telemetry::NewStub(channel);
  v1::ReportRequest request;
  request.set_instance_id("proxy");
  request.set_boot_id("boot-1");
  request.set_first_sequence(10);
  const auto now = micros_since_epoch(clock.wall());
  for (int i = 0; i < 3; ++i) {
    auto* record = request.add_records();
    record->set_request_id("request-" + std::to_string(i));
    record->set_received_us(now + i);
    record->set_status(200);
  }
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    v1::ReportResponse response;
    const auto status = stub->Report(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.stored(), 3u);
  }
  const auto page = call("LogService/ListRecords", {{"pageSize", 2}}).parsed();
  ASSERT_EQ(page["records"].size(), 2u);
  EXPECT_EQ(page["records"][0]["requestId"], "request-2");
  const auto rest = call("LogService/ListRecords", {{"cursor", page["nextCursor"]}}).parsed();
  ASSERT_EQ(rest["records"].size(), 1u);
  EXPECT_EQ(metric("smartroute_records_stored_total"), "3");
  EXPECT_EQ(metric("smartroute_records_duplicate_total"), "3");

  request.set_boot_id("");
  grpc::ClientContext context;
  v1::ReportResponse response;
  EXPECT_EQ(stub->Report(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

// The browser's side of a WebSocket that only listens.
class Listener {
 public:
  Listener(const std::string& address, const std::string& target, const std::string& headers) {
    const auto colon = address.rfind(':');
    socket_.connect({asio::ip::make_address(address.substr(0, colon)),
                     static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))});
    asio::write(socket_, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: " + address +
                                      "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                      "Sec-WebSocket-Version: 13\r\n" +
                                      headers + "\r\n"));
    const auto size = asio::read_until(socket_, asio::dynamic_buffer(bytes_), "\r\n\r\n");
    head = take(size);
  }
  // Payload of the next frame; its opcode in `opcode`.
  std::string next() {
    const std::string start = take(2);
    opcode = start[0] & 15;
    std::size_t size = static_cast<unsigned char>(start[1]);
    if (size == 126) {
      const std::string wide = take(2);
      size = static_cast<unsigned char>(wide[0]) * 256u + static_cast<unsigned char>(wide[1]);
    }
    return take(size);
  }
  void close() { socket_.close(); }
  std::string head;
  int opcode = 0;

 private:
  std::string take(std::size_t size) {
    if (bytes_.size() < size)
      asio::read(socket_, asio::dynamic_buffer(bytes_), asio::transfer_at_least(size - bytes_.size()));
    std::string taken = bytes_.substr(0, size);
    bytes_.erase(0, size);
    return taken;
  }
  asio::io_context io_;
  tcp::socket socket_{io_};
  std::string bytes_;
};

TEST_F(AppTest, StoredRecordsAreTailedAndExported) {
  start();
  const auto channel =
      grpc::CreateChannel(app->addresses().grpc, grpc::InsecureChannelCredentials());
  grpc::ClientContext tail_context;
  tail_context.AddMetadata("authorization", "Bearer " + token);
  tail_context.set_deadline(std::chrono::system_clock::now() + kPatience);
  rpc::TailRecordsRequest tail_request;
  // Stored before the tail is open or after: with a backlog each record comes once either way.
  tail_request.set_backlog(10);
  tail_request.mutable_filter()->add_statuses("2xx");
  const auto tail = rpc::LogService::NewStub(channel)->TailRecords(&tail_context, tail_request);
  // {"statuses":["2xx"]}
  const std::string target =
      "/admin/v1/logs/tail?backlog=10&filter=%7B%22statuses%22:%5B%222xx%22%5D%7D";
  Listener listener(app->addresses().admin, target,
                    "Sec-WebSocket-Protocol: smartroute.v1, smartroute.token." + token + "\r\n");
  ASSERT_THAT(listener.head, HasSubstr("HTTP/1.1 101"));
  Listener stranger(app->addresses().admin, target, "");
  EXPECT_THAT(stranger.head, HasSubstr("HTTP/1.1 401"));

  v1::ReportRequest batch;
  batch.set_instance_id("proxy");
  batch.set_boot_id("boot-1");
  for (int i = 0; i < 4; ++i) {
    auto* record = batch.add_records();
    record->set_request_id("request-" + std::to_string(i));
    record->set_received_us(micros_since_epoch(clock.wall()) + i);
    record->set_status(i == 1 ? 500 : 200);
    record->set_request_body("kept elsewhere");
  }
  for (int twice = 0; twice < 2; ++twice) {
    grpc::ClientContext context;
    v1::ReportResponse response;
    ASSERT_TRUE(v1::Telemetry::NewStub(channel)->Report(&context, batch, &response).ok());
  }
  for (const char* id : {"request-0", "request-2", "request-3"}) {
    rpc::TailRecordsResponse news;
    ASSERT_TRUE(tail->Read(&news));
    EXPECT_EQ(news.record().request_id(), id);
    EXPECT_EQ(news.record().instance_id(), "proxy");
    EXPECT_TRUE(news.record().request_body().empty());
    EXPECT_EQ(json::parse(listener.next())["record"]["requestId"], id);
  }
  const auto exported = http_call(
      app->addresses().admin,
      "GET /admin/v1/logs/export?format=csv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "Authorization: Bearer " + token + "\r\n\r\n");
  EXPECT_EQ(exported.status, 200);
  EXPECT_THAT(exported.head, HasSubstr("text/csv"));
  for (const char* text : {"record_id,request_id", "request-0", "request-1", "request-3"})
    EXPECT_THAT(exported.body, HasSubstr(text));
  grpc::ClientContext export_context;
  export_context.AddMetadata("authorization", "Bearer " + token);
  rpc::ExportRecordsRequest export_request;
  export_request.set_bodies(true);
  const auto all = rpc::LogService::NewStub(channel)->ExportRecords(&export_context, export_request);
  rpc::ExportRecordsResponse page;
  ASSERT_TRUE(all->Read(&page));
  ASSERT_EQ(page.records_size(), 4);
  EXPECT_EQ(page.records(0).request_id(), "request-3");
  EXPECT_EQ(page.records(0).request_body(), "kept elsewhere");
  EXPECT_FALSE(all->Read(&page));
  EXPECT_TRUE(all->Finish().ok());

  std::thread draining([&] { app->drain(std::chrono::seconds(30)); });
  EXPECT_EQ(listener.next().substr(0, 2), "\x03\xe9") << "1001, going away";
  EXPECT_EQ(listener.opcode, 8);
  listener.close();
  rpc::TailRecordsResponse last;
  EXPECT_FALSE(tail->Read(&last));
  EXPECT_EQ(tail->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  draining.join();
}

// Every method that admin.proto declares, over both transports: nothing without the token,
// something with it. SessionService is over HTTP only, and is what one signs in with; roles_test.cpp
// asks everything as everybody.
TEST_F(AppTest, NoMethodAnswersWithoutTheToken) {
  start();
  const auto channel =
      grpc::CreateChannel(app->addresses().grpc, grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  const auto grpc_code = [&](const std::string& path, const std::string& authorization) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    grpc::CompletionQueue queue;
    const grpc::Slice nothing("");
    const grpc::ByteBuffer request(&nothing, 1);
    auto reader = stub.PrepareUnaryCall(&context, path, request, &queue);
    reader->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status.error_code();
  };
  const auto* file = rpc::GetConfigRequest::descriptor()->file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const std::string path =
          "/" + file->service(s)->full_name() + "/" + file->service(s)->method(m)->name();
      if (file->service(s)->name() == "SessionService") {
        EXPECT_EQ(grpc_code(path, "Bearer " + token), grpc::StatusCode::UNIMPLEMENTED) << path;
        continue;
      }
      const auto bare = http_call(app->addresses().admin,
                                  "POST " + path +
                                      " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                      "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
      // The gate answers some of these with "too many wrong tokens".
      EXPECT_TRUE(bare.status == 401 || bare.status == 429) << path << " " << bare.status;
      const auto without = grpc_code(path, "");
      EXPECT_TRUE(without == grpc::StatusCode::UNAUTHENTICATED ||
                  without == grpc::StatusCode::RESOURCE_EXHAUSTED)
          << path << " " << without;
      // Has no end of its own; it is called in StoredRecordsAreTailedAndExported.
      if (file->service(s)->method(m)->name() == "TailRecords") continue;
      const auto with = grpc_code(path, "Bearer " + token);
      // An account is needed for AccountService, and a configuration for TestProvider.
      EXPECT_TRUE(with == grpc::StatusCode::OK || with == grpc::StatusCode::NOT_FOUND ||
                  with == grpc::StatusCode::INVALID_ARGUMENT ||
                  with == grpc::StatusCode::FAILED_PRECONDITION)
          << path << " " << with;
      if (file->service(s)->name() == "AccountService") {
        EXPECT_EQ(with, grpc::StatusCode::FAILED_PRECONDITION) << path;
      }
    }
  }
}

TEST_F(AppTest, OpsAndPageAnswerWithoutATokenAndShowNoSecret) {
  start();
  put_ok(document(), 0);
  EXPECT_EQ(get(app->addresses().ops, "/livez").status, 200);
  EXPECT_EQ(get(app->addresses().ops, "/readyz").status, 200);
  const auto page = get(app->addresses().admin, "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr(app->admin_token_file().string()));
  EXPECT_THAT(page.head, HasSubstr("content-security-policy: default-src 'none'"));
  EXPECT_EQ(get(app->addresses().admin, "/index.html").status, 404);
  for (const auto& body : {page.body, get(app->addresses().ops, "/metrics").body}) {
    for (const auto& secret : {kCanary, kGatewayCanary, token})
      EXPECT_THAT(body, Not(HasSubstr(secret)));
  }
}

TEST_F(AppTest, TheReadyFileTellsEveryAddressAndGoesWithTheProcess) {
  start();
  const auto ready = json::parse(base::read_file(dir / "ready.json", 10'000).value());
  EXPECT_EQ(ready["admin"], app->addresses().admin);
  EXPECT_EQ(ready["grpc"], app->addresses().grpc);
  EXPECT_EQ(ready["control_ops"], app->addresses().ops);
  EXPECT_EQ(ready["pid"], ::getpid());
  EXPECT_EQ(ready["admin_token_created"], true);
  EXPECT_THAT(ready.dump(), Not(HasSubstr(token)));
  app->drain(std::chrono::seconds(2));
  EXPECT_FALSE(fs::exists(dir / "ready.json"));
}

TEST_F(AppTest, DrainEndsStreamsSoThatDataPlanesReconnect) {
  start();
  FakeDataPlane proxy(app->addresses().grpc, "proxy");
  instance_when("proxy", [](const json& row) { return row.value("connected", false); });
  app->drain(std::chrono::seconds(30));
  EXPECT_EQ(proxy.next().revision(), 0u);
  EXPECT_EQ(proxy.finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AppTest, AFileOwnsTheConfiguration) {
  const fs::path file = dir / "gateway.yaml";
  std::ofstream(file) << document();
  options.config = file;
  start();
  const auto shown = call("ConfigService/GetConfig", json::object()).parsed();
  EXPECT_EQ(shown["revision"]["number"], "1");
  EXPECT_EQ(shown["revision"]["author"], "file");
  EXPECT_EQ(shown["ownedByFile"], file.string());
  const auto refused = put(document("openai/other"), 1);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.parsed()["code"], "failed_precondition");

  FakeDataPlane proxy(app->addresses().grpc, "proxy");
  const auto first = proxy.next();
  proxy.ack(first);
  ASSERT_TRUE(base::replace_file(file, bad_document(), 0600));  // bad: changes nothing
  ASSERT_TRUE(base::replace_file(file, document("openai/from-the-file"), 0600));
  const auto second = proxy.next();
  EXPECT_EQ(second.revision(), 2u);
  EXPECT_EQ(second.config().tiers().t1().models(0), "openai/from-the-file");
}

TEST_F(AppTest, ABadFileAtStartIsRefusedWithItsLines) {
  const fs::path file = dir / "gateway.yaml";
  std::ofstream(file) << bad_document();
  options.config = file;
  const auto built = App::build(options, clock, log);
  ASSERT_FALSE(built);
  ASSERT_TRUE(config::has_errors(built.error().problems));
  EXPECT_THAT(config::to_string(built.error().problems[0]), HasSubstr(file.string() + ":"));
  EXPECT_GT(built.error().problems[0].line, 0);
  EXPECT_THAT(built.error().error.text(), Not(HasSubstr("\n")));
}

TEST_F(AppTest, ASeedIsTheFirstRevisionOfAnEmptyStoreOnly) {
  const fs::path seed = dir / "seed.yaml";
  std::ofstream(seed) << document();
  options.seed = seed;
  start();
  put_ok(document("openai/changed"), 1);
  restart();
  const auto shown = call("ConfigService/GetConfig", json::object()).parsed();
  EXPECT_EQ(shown["revision"]["number"], "2");
  EXPECT_EQ(call("ConfigService/GetConfig", {{"revision", "1"}}).parsed()["revision"]["author"],
            "seed");
}

TEST_F(AppTest, SaysInOneSentenceWhyItCannotStart) {
  start();
  const struct {
    const char* name;
    std::function<void(AppOptions&)> edit;
    const char* says;
  } rows[] = {
      {"state in use", [](AppOptions&) {}, "state"},
      {"gRPC beyond loopback",
       [&](AppOptions& o) {
         o.state = dir / "b";
         o.grpc = "0.0.0.0:0";
       },
       "--grpc-insecure"},
      {"relative socket",
       [&](AppOptions& o) {
         o.state = dir / "c";
         o.grpc = "unix:control.sock";
       },
       "absolute"},
      {"long socket",
       [&](AppOptions& o) {
         o.state = dir / "d";
         o.grpc = "unix:/" + std::string(120, 'x');
       },
       "too long"},
      {"admin port taken",
       [&](AppOptions& o) {
         o.state = dir / "e";
         o.admin = base::parse_address(app->addresses().admin).value();
       },
       "cannot listen"},
      {"no config file",
       [&](AppOptions& o) {
         o.state = dir / "f";
         o.config = dir / "absent.yaml";
       },
       "absent.yaml"},
  };
  for (const auto& row : rows) {
    AppOptions other = options;
    other.ready_file.reset();
    row.edit(other);
    const auto built = App::build(other, clock, log);
    ASSERT_FALSE(built) << row.name;
    EXPECT_THAT(built.error().error.text(), HasSubstr(row.says)) << row.name;
  }
}

TEST_F(AppTest, ListensForDataPlanesOnLoopbackTcp) {
  options.grpc = "127.0.0.1:0";
  start();
  EXPECT_THAT(app->addresses().grpc, Not(HasSubstr(":0")));
  put_ok(document(), 0);
  FakeDataPlane proxy(app->addresses().grpc, "proxy");
  EXPECT_EQ(proxy.next().revision(), 1u);
}

// gRPC's own limit is 4 MiB; ours is 16 on both sides.
TEST_F(AppTest, LargeConfigurationsPassUpToTheLimitOfDataPlanes) {
  start();
  const auto channel =
      grpc::CreateChannel(app->addresses().grpc, grpc::InsecureChannelCredentials());
  const auto stub = rpc::ConfigService::NewStub(channel);
  FakeDataPlane proxy(app->addresses().grpc, "proxy");
  std::uint64_t base = 0;
  const auto put_large = [&](std::size_t bytes) {
    rpc::PutConfigRequest request;
    auto* config = request.mutable_source()->mutable_config();
    config->mutable_tiers()->mutable_t1()->add_models("openai/gpt-4o-mini");
    // Each header is small enough; there are many.
    constexpr std::size_t kEach = 8'000, kHeaders = 60;
    for (std::size_t left = bytes / kEach, n = 0; left > 0; ++n) {
      auto* provider = config->add_providers();
      provider->set_id(n == 0 ? "openai" : "provider-" + std::to_string(n));
      provider->set_base_url("https://api.openai.com/v1");
      for (std::size_t h = 0; h < kHeaders && left > 0; ++h, --left) {
        (*provider->mutable_headers())["x-header-" + std::to_string(h)] = std::string(kEach, 'x');
      }
    }
    request.set_base_revision(base);
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    rpc::PutConfigResponse response;
    return stub->PutConfig(&context, request, &response);
  };
  for (const std::size_t bytes : {3'900'000u, 4'300'000u, 16'640'000u}) {
    const auto status = put_large(bytes);
    ASSERT_TRUE(status.ok()) << bytes << " " << status.error_message().substr(0, 500);
    const auto push = proxy.next();
    EXPECT_EQ(push.revision(), ++base);
    EXPECT_GT(push.config().ByteSizeLong(), bytes);
    proxy.ack(push);
  }
  const auto status = put_large(16'760'000);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("the most a data plane takes"));
}

TEST_F(AppTest, ManyDataPlanesConvergeOnTheNewest) {
  start();
  put_ok(document(), 0);
  constexpr int kPlanes = 200;
  std::vector<std::unique_ptr<FakeDataPlane>> planes;
  for (int i = 0; i < kPlanes; ++i) {
    planes.push_back(
        std::make_unique<FakeDataPlane>(app->addresses().grpc, "proxy-" + std::to_string(i)));
  }
  std::uint64_t base = 1;
  for (; base <= 20; ++base)
    ASSERT_EQ(put_ok(document("openai/m" + std::to_string(base)), base), base + 1);
  for (auto& plane : planes) {
    std::uint64_t last = 0;
    while (last < base) {
      const auto push = plane->next();
      ASSERT_GT(push.revision(), last) << "never back, never twice";
      last = push.revision();
      plane->ack(push);
    }
  }
}

}  // namespace
}  // namespace smartroute::control
