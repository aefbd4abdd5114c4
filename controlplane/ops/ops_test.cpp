#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "controlplane/ops/ops_handler.hpp"

namespace smartroute::control::ops {
namespace {

Readings sample() {
  Readings readings;
  readings.config_revision = 7;
  readings.refused = 2;
  readings.model_health = {{"p/x", 0.5}};
  readings.health_reports_taken = 3;
  readings.health_clamped = 4;
  readings.score_pushes = 5;
  readings.identities_refused = 6;
  readings.certificate_expiry = {{"data_plane", 1'700'000'000}};
  readings.secret_changes = 7;
  readings.secret_files_unusable = 1;
  readings.admin_calls.push_back({"smartroute.admin.v1.ConfigService/GetConfig", "ok", 5});
  readings.admin_calls.push_back({"other", "unauthenticated", 1});
  readings.sign_ins = {{"ok", 3}, {"failed", 4}, {"throttled", 0}};
  readings.sessions = 2;
  read_process(readings);
  return readings;
}

LogSources all_of_the_log(const QueryTimes& times) {
  LogSources sources;
  sources.size = [] {
    Readings::LogSize size;
    size.records = 10;
    size.bytes = 2'000;
    size.max_bytes = 3'000;
    return size;
  };
  sources.removed = [] { return std::vector<std::pair<std::string_view, std::uint64_t>>{{"age", 4}, {"size", 0}}; };
  sources.tail_subscribers = [] { return 5; };
  sources.tail_dropped = [] { return 6; };
  sources.queries = &times;
  return sources;
}

TEST(Metrics, SaysWhatItWasGiven) {
  const std::string text = render_metrics(sample());
  for (const char* line :
       {"smartroute_config_revision 7", "smartroute_config_apply_failures_total 2",
        "smartroute_build_info{version=\"" SMARTROUTE_VERSION "\",component=\"control\"} 1",
        "smartroute_admin_requests_total{method=\"smartroute.admin.v1.ConfigService/"
        "GetConfig\",code=\"ok\"} 5",
        "smartroute_dataplanes_connected 0", "smartroute_records_stored_total 0",
        "smartroute_records_duplicate_total 0", "smartroute_control_model_health{model=\"p/x\"} 0.5",
        "smartroute_health_reports_total{result=\"taken\"} 3",
        "smartroute_health_report_faults_total{fault=\"clamped\"} 4",
        "smartroute_control_sign_ins_total{outcome=\"failed\"} 4", "smartroute_control_sign_ins_total{outcome=\"throttled\"} 0",
        "smartroute_control_sessions 2", "smartroute_score_pushes_total 5",
        "smartroute_control_identity_refused_total 6", "smartroute_certificate_expiry_seconds{peer=\"data_plane\"} 1700000000",
        "smartroute_control_secret_changes_total 7", "smartroute_control_secret_files_unusable 1"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " is missing in\n" << text;
  }
}

TEST(Metrics, ShowsOfTheLogWhatThereIs) {
  Readings readings;
  read_log({}, readings);
  for (const char* name : {"smartroute_control_log_", "smartroute_control_tail_", "smartroute_control_query_"})
    EXPECT_EQ(render_metrics(readings).find(name), std::string::npos) << name;

  QueryTimes times;
  times.observe("smartroute.admin.v1.LogService/ListRecords", std::chrono::microseconds(1'000));
  times.observe("smartroute.admin.v1.LogService/ListRecords", std::chrono::seconds(20));
  times.observe("smartroute.admin.v1.StatsService/GetStats", std::chrono::microseconds(40'000));
  times.observe("smartroute.admin.v1.ConfigService/GetConfig", std::chrono::microseconds(1));
  read_log(all_of_the_log(times), readings);
  const std::string text = render_metrics(readings);
  for (const char* line :
       {"smartroute_control_log_records 10", "smartroute_control_log_bytes 2000", "smartroute_control_log_max_bytes 3000",
        "smartroute_control_log_removed_total{why=\"age\"} 4", "smartroute_control_log_removed_total{why=\"size\"} 0",
        "smartroute_control_tail_subscribers 5", "smartroute_control_tail_dropped_total 6",
        "smartroute_control_query_seconds_bucket{query=\"list\",le=\"0.001\"} 1",
        "smartroute_control_query_seconds_bucket{query=\"list\",le=\"10\"} 1",
        "smartroute_control_query_seconds_bucket{query=\"list\",le=\"+Inf\"} 2",
        "smartroute_control_query_seconds_sum{query=\"list\"} 20.001", "smartroute_control_query_seconds_count{query=\"stats\"} 1",
        "smartroute_control_query_seconds_count{query=\"get\"} 0"})
    EXPECT_NE(text.find(line), std::string::npos) << line << " is missing in\n" << text;
}

TEST(Metrics, ShowsABoundedNumberOfModelsAndTheWorstOfTheOthers) {
  Readings readings;
  for (std::size_t i = 0; i < kMaxModelSeries + 3; ++i)
    readings.model_health.push_back({"p/" + std::to_string(i), i == kMaxModelSeries + 1 ? 0.25 : 1});
  const std::string text = render_metrics(readings);
  EXPECT_NE(text.find("smartroute_control_model_health{model=\"other\"} 0.25"), std::string::npos);
  EXPECT_NE(text.find("{model=\"p/" + std::to_string(kMaxModelSeries - 1) + "\"}"), std::string::npos);
  EXPECT_EQ(text.find("{model=\"p/" + std::to_string(kMaxModelSeries) + "\"}"), std::string::npos);
}

TEST(Metrics, ReadsThisProcess) {
  Readings readings;
  read_process(readings);
  EXPECT_GT(readings.resident_bytes, 1'000'000);
  EXPECT_GT(readings.start_time_seconds, 1'600'000'000);
  EXPECT_GE(readings.open_fds, 3);
}

TEST(Metrics, PassPromtool) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed";
  const auto file =
      std::filesystem::temp_directory_path() / ("smartroute-metrics-" + std::to_string(::getpid()));
  Readings readings = sample();
  const QueryTimes times;
  read_log(all_of_the_log(times), readings);
  std::ofstream(file) << render_metrics(readings);
  const int status = std::system(("promtool check metrics < " + file.string() + " >&2").c_str());
  std::filesystem::remove(file);
  EXPECT_EQ(status, 0);
}

http::Head get(const std::string& path) {
  http::Head head;
  head.method = "GET";
  head.path = path;
  return head;
}

TEST(OpsHandlers, AnswerTheirThreePathsOnly) {
  std::optional<std::string> reason = "gRPC does not listen yet";
  Probes probes;
  probes.readings = [] { return sample(); };
  probes.not_ready = [&] { return reason; };
  const auto handlers = make_ops_handlers(std::move(probes));
  EXPECT_EQ(handlers.on_head(get("/metrics")), std::nullopt);
  EXPECT_EQ(handlers.on_head(get("/"))->status, 404);
  EXPECT_EQ(handlers.on_head(get("/metrics/"))->status, 404);
  auto post = get("/readyz");
  post.method = "POST";
  EXPECT_EQ(handlers.on_head(post)->status, 405);
  EXPECT_EQ(handlers.on_request({get("/livez"), ""}).status, 200);
  EXPECT_EQ(handlers.on_request({get("/readyz"), ""}).status, 503);
  EXPECT_EQ(handlers.on_request({get("/readyz"), ""}).body, "gRPC does not listen yet\n");
  reason.reset();
  EXPECT_EQ(handlers.on_request({get("/readyz"), ""}).status, 200);
  EXPECT_EQ(handlers.on_request({get("/metrics"), ""}).content_type,
            "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace
}  // namespace smartroute::control::ops
