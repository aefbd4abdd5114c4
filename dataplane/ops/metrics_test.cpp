#include "dataplane/ops/metrics.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace smartroute::ops {
namespace {

accounting::Record answered(std::string provider = "openai",
                            std::string model = "openai/gpt-4o-mini") {
  accounting::Record record;
  record.endpoint = "chat_completions";
  record.requested_model = "auto";
  record.tier = "t1";
  record.mode = "keyword";
  record.strategy = "sequential";
  record.received_us = 1'000'000;
  record.routed_us = 1'000'040;
  record.upstream_called_us = 1'000'100;
  record.first_byte_us = 1'030'000;
  record.completed_us = 1'500'000;
  record.streaming = true;
  accounting::Attempt attempt;
  attempt.provider = provider;
  attempt.model = model;
  attempt.outcome = resilience::name_of(resilience::AttemptOutcome::Answered);
  attempt.status = 200;
  record.attempts.push_back(attempt);
  record.provider = std::move(provider);
  record.model = std::move(model);
  record.status = 200;
  record.ending = accounting::Ending::Completed;
  record.chunks = 48;  // 470 ms after the first
  record.overhead_us = 80;
  return record;
}

void count(WorkerMetrics& worker, const accounting::Record& record) {
  worker.begin();
  worker.end(record);
}

// Whether the text has the line `series value`.
testing::AssertionResult has(const std::string& text, const std::string& line) {
  if (("\n" + text).find("\n" + line + "\n") != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no line '" << line << "' in\n" << text;
}

std::size_t lines_with(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Metrics, AddTheShardsOfAllWorkersUp) {
  Metrics metrics(3);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t n = 0; n <= i; ++n) count(metrics.worker(i), answered());
  const auto text = metrics.text();
  EXPECT_TRUE(has(text, R"(smartroute_requests_total{route="t1",code="200"} 6)"));
  EXPECT_TRUE(has(text, R"(smartroute_request_endings_total{ending="completed"} 6)"));
  EXPECT_TRUE(has(
      text,
      R"(smartroute_routing_decisions_total{route="t1",strategy="sequential",reason="keyword"} 6)"));
  EXPECT_TRUE(
      has(text, R"(smartroute_upstream_attempts_total{provider="openai",outcome="answered"} 6)"));
  EXPECT_TRUE(has(text, "smartroute_overhead_seconds_count 6"));
  EXPECT_TRUE(has(text, "smartroute_inflight_requests 0"));
}

TEST(Metrics, CountWhatFailoverAndOverloadDid) {
  Metrics metrics(2);
  metrics.worker(0).request_shed(admission::Refusal::KeyStreams);
  metrics.worker(1).request_shed(admission::Refusal::KeyStreams);
  metrics.worker(1).request_shed(admission::Refusal::Memory);
  metrics.worker(0).heartbeat_sent();
  metrics.worker(0).retry_budget_spent();
  metrics.worker(0).retry_waited();
  metrics.worker(1).stream_restarted();
  metrics.worker(1).answer_too_large_to_buffer();
  metrics.worker(0).probe(true);
  metrics.worker(1).probe(false);
  metrics.worker(1).probe(false);
  const auto text = metrics.text();
  for (const char* line : {R"(smartroute_requests_shed_total{reason="key_streams"} 2)", R"(smartroute_requests_shed_total{reason="memory"} 1)",
                           R"(smartroute_requests_shed_total{reason="streams"} 0)", "smartroute_heartbeats_total 1",
                           "smartroute_retry_budget_exhausted_total 1", "smartroute_retry_waits_total 1", "smartroute_stream_restarts_total 1",
                           "smartroute_buffer_overflows_total 1", R"(smartroute_model_probes_total{result="succeeded"} 1)",
                           R"(smartroute_model_probes_total{result="failed"} 2)"})
    EXPECT_TRUE(has(text, line));
}

TEST(Metrics, CountRequestsInFlightUntilTheyEnd) {
  Metrics metrics(2);
  metrics.worker(0).begin();
  metrics.worker(1).begin();
  EXPECT_TRUE(has(metrics.text(), "smartroute_inflight_requests 2"));
  metrics.worker(0).end(answered());
  EXPECT_TRUE(has(metrics.text(), "smartroute_inflight_requests 1"));
}

TEST(Metrics, FillTheGenAiHistogramsFromTheRecord) {
  Metrics metrics(1);
  count(metrics.worker(0), answered());
  const auto text = metrics.text();
  const std::string labels =
      R"(gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="auto",gen_ai_response_model="openai/gpt-4o-mini",error_type="")";
  EXPECT_TRUE(has(text, "gen_ai_server_request_duration_seconds_sum{" + labels + "} 0.5"));
  EXPECT_TRUE(
      has(text, "gen_ai_server_request_duration_seconds_bucket{" + labels + R"(,le="0.32"} 0)"));
  EXPECT_TRUE(
      has(text, "gen_ai_server_request_duration_seconds_bucket{" + labels + R"(,le="0.64"} 1)"));
  EXPECT_TRUE(has(text, "gen_ai_client_operation_duration_seconds_count{" + labels + "} 1"));
  const std::string stream = labels.substr(0, labels.find(",error_type"));
  EXPECT_TRUE(has(text, "gen_ai_server_time_to_first_token_seconds_sum{" + stream + "} 0.03"));
  EXPECT_TRUE(has(text, "gen_ai_client_operation_time_to_first_chunk_seconds_sum{" + stream + "} 0.0299"));
  EXPECT_TRUE(has(text, "gen_ai_client_operation_time_per_output_chunk_seconds_sum{" + stream + "} 0.47"));
  EXPECT_TRUE(has(text, "gen_ai_client_operation_time_per_output_chunk_seconds_bucket{" + stream + R"(,le="0.01"} 47)"));
}

TEST(Metrics, TellWhatKindOfErrorItWas) {
  Metrics metrics(1);
  auto record = answered();
  record.ending = accounting::Ending::BrokenStream;
  count(metrics.worker(0), record);
  record.error_kind = "upstream_timeout";
  count(metrics.worker(0), record);
  count(metrics.worker(0), record);
  const auto text = metrics.text();
  EXPECT_NE(text.find(R"(error_type="broken_stream"} 1)"), std::string::npos);
  EXPECT_NE(text.find(R"(error_type="upstream_timeout"} 2)"), std::string::npos);
  EXPECT_NE(text.find(R"(gen_ai_server_time_to_first_token_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="openai",)"
                      R"(gen_ai_request_model="auto",gen_ai_response_model="openai/gpt-4o-mini"} 3)"),
            std::string::npos)
      << text;
}

TEST(Metrics, CountAnObservationOnABoundInItsBucket) {
  Metrics metrics(1);
  auto record = answered();
  record.overhead_us = 100;
  count(metrics.worker(0), record);
  record.overhead_us = 60'000;
  count(metrics.worker(0), record);
  const auto text = metrics.text();
  EXPECT_TRUE(has(text, R"(smartroute_overhead_seconds_bucket{le="0.0001"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_overhead_seconds_bucket{le="0.05"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_overhead_seconds_bucket{le="+Inf"} 2)"));
}

TEST(Metrics, CountFallbacksAndEveryAttempt) {
  Metrics metrics(1);
  auto record = answered("deepseek", "deepseek/deepseek-chat");
  accounting::Attempt failed;
  failed.provider = "openai";
  failed.outcome = resilience::name_of(resilience::AttemptOutcome::RateLimited);
  record.attempts.insert(record.attempts.begin(), 2, failed);
  record.attempts[1].outcome = "something nobody knows";
  count(metrics.worker(0), record);
  const auto text = metrics.text();
  EXPECT_TRUE(has(text, "smartroute_fallbacks_total 2"));
  EXPECT_TRUE(has(text, R"(smartroute_retries_bucket{le="1"} 0)"));
  EXPECT_TRUE(has(text, R"(smartroute_retries_bucket{le="2"} 1)"));
  EXPECT_TRUE(has(text, "smartroute_retries_sum 2"));
  EXPECT_TRUE(
      has(text, R"(smartroute_upstream_attempts_total{provider="deepseek",outcome="answered"} 1)"));
  EXPECT_TRUE(has(
      text, R"(smartroute_upstream_attempts_total{provider="openai",outcome="rate_limited"} 1)"));
  EXPECT_TRUE(
      has(text, R"(smartroute_upstream_attempts_total{provider="openai",outcome="other"} 1)"));
}

TEST(Metrics, LabelTheRouteAndStatusOfEveryKindOfEnd) {
  struct Row {
    const char* name;
    std::string_view endpoint, mode;
    const char* tier;
    int status;
    const char* line;
  };
  const Row rows[] = {
      {"a tier", "chat_completions", "random", "t3", 502,
       R"(smartroute_requests_total{route="t3",code="502"} 1)"},
      {"a named model", "chat_completions", "named", "", 200,
       R"(smartroute_requests_total{route="named",code="200"} 1)"},
      {"refused early", "chat_completions", "", "", 401,
       R"(smartroute_requests_total{route="none",code="401"} 1)"},
      {"the model list", "models", "", "", 200,
       R"(smartroute_requests_total{route="models",code="200"} 1)"},
      {"client gone", "chat_completions", "", "", 0,
       R"(smartroute_requests_total{route="none",code="0"} 1)"},
      {"a status out of range", "chat_completions", "", "", 1000,
       R"(smartroute_requests_total{route="none",code="other"} 1)"},
      {"a tier nobody knows", "chat_completions", "random", "t9", 200,
       R"(smartroute_requests_total{route="other",code="200"} 1)"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Metrics metrics(1);
    accounting::Record record;
    record.endpoint = row.endpoint;
    record.mode = row.mode;
    record.tier = row.tier;
    record.status = row.status;
    count(metrics.worker(0), record);
    EXPECT_TRUE(has(metrics.text(), row.line));
  }
}

TEST(Metrics, NeverShowAModelNameThatOnlyTheClientKnows) {
  Metrics metrics(1);
  auto routed = answered();
  routed.requested_model = "my-secret-project";  // unknown, went through the router
  count(metrics.worker(0), routed);
  auto passed = answered("openai", "openai/my-secret-project");
  passed.mode = "named";
  passed.tier.clear();
  passed.requested_model = "openai/my-secret-project";
  passed.configured_model = false;
  count(metrics.worker(0), passed);
  const auto text = metrics.text();
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(gen_ai_request_model="other",gen_ai_response_model="openai/gpt-4o-mini")"),
            std::string::npos);
  EXPECT_NE(text.find(R"(gen_ai_request_model="other",gen_ai_response_model="other")"),
            std::string::npos);
}

TEST(Metrics, NameAConfiguredModelByItsEntryWhenAskedForByItsShortName) {
  Metrics metrics(1);
  auto record = answered();
  record.mode = "named";
  record.tier.clear();
  record.requested_model = "gpt-4o-mini";
  count(metrics.worker(0), record);
  EXPECT_NE(
      metrics.text().find(
          R"(gen_ai_request_model="openai/gpt-4o-mini",gen_ai_response_model="openai/gpt-4o-mini")"),
      std::string::npos);
}

TEST(Metrics, FoldModelSeriesBeyondTheCapIntoOtherAndLoseNoCount) {
  Metrics metrics(2);
  constexpr std::size_t kEach = 700;  // two workers with different models: 1,400 series in all
  for (std::size_t worker = 0; worker < 2; ++worker)
    for (std::size_t i = 0; i < kEach; ++i)
      count(metrics.worker(worker),
            answered("openai", "openai/m-" + std::to_string(worker) + "-" + std::to_string(i)));
  auto text = metrics.text();
  constexpr std::string_view kCount = "gen_ai_server_request_duration_seconds_count{";
  EXPECT_EQ(lines_with(text, kCount), kMaxModelSeries + 1);
  EXPECT_NE(
      text.find(
          R"(gen_ai_provider_name="other",gen_ai_request_model="other",gen_ai_response_model="other",error_type=""} 400)"),
      std::string::npos);

  // One worker alone runs into its own cap; later scrapes keep what was exposed.
  for (std::size_t i = 0; i < kEach; ++i)
    count(metrics.worker(0), answered("openai", "openai/late-" + std::to_string(i)));
  text = metrics.text();
  EXPECT_EQ(lines_with(text, kCount), kMaxModelSeries + 1);
  EXPECT_NE(text.find(R"(gen_ai_response_model="other",error_type=""} 1100)"), std::string::npos);
  EXPECT_NE(text.find(R"(gen_ai_response_model="openai/m-0-0",error_type=""} 1)"),
            std::string::npos);
}

TEST(Metrics, CountTheBoundsOfTheEdge) {
  Metrics metrics(1);
  auto& worker = metrics.worker(0);
  worker.connection_opened();
  worker.connection_opened();
  worker.connection_closed();
  worker.connection_rejected();
  worker.head_rejected(ErrorKind::HeadersTooLarge);
  worker.accept_paused();
  worker.tls_handshake(TlsHandshake::CrowdedOut);
  worker.upstream_connection_opened();
  worker.upstream_connection_reused();
  worker.deadline_hit(Deadline::FirstByte);
  metrics.off_worker().dns_lookup(DnsResult::Stale);
  const auto text = metrics.text();
  EXPECT_TRUE(has(text, "smartroute_connections 1"));
  EXPECT_TRUE(has(text, "smartroute_connections_rejected_total 1"));
  EXPECT_TRUE(has(text, R"(smartroute_heads_rejected_total{kind="headers_too_large"} 1)"));
  EXPECT_TRUE(has(text, "smartroute_accept_paused_total 1"));
  EXPECT_TRUE(has(text, R"(smartroute_tls_handshakes_total{result="crowded_out"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_tls_handshakes_total{result="ok"} 0)"));
  EXPECT_TRUE(has(text, "smartroute_upstream_connections_opened_total 1"));
  EXPECT_TRUE(has(text, "smartroute_upstream_connections_reused_total 1"));
  EXPECT_TRUE(has(text, R"(smartroute_deadline_hits_total{which="first_byte"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_dns_lookups_total{result="stale"} 1)"));
}

TEST(Metrics, ExposeWhatIsInFlightAndTheMemoryItTakes) {
  Metrics metrics(1);
  admission::MemoryPressure memory;
  admission::LoadGate load(memory);
  admission::KeyLoad key;
  MetricSources sources;
  sources.load = &load;
  sources.memory = &memory;
  metrics.observe(std::move(sources));
  {
    admission::LoadTicket ticket;
    ASSERT_FALSE(load.enter(key, 3000, SteadyTime(), config::Limits(), ticket));
    ASSERT_TRUE(ticket.hold_answer(70, config::Limits()));
    memory.take(96, 100);
    const auto text = metrics.text();
    for (const char* line : {"smartroute_model_requests_in_flight 1", "smartroute_active_keys 1", "smartroute_inflight_body_bytes 3000",
                             "smartroute_held_answer_bytes 70", "smartroute_memory_used_bytes 96", "smartroute_memory_limit_bytes 100",
                             "smartroute_memory_pressure 1", R"(smartroute_memory_pressure_entered_total{level="tight"} 1)",
                             R"(smartroute_memory_pressure_entered_total{level="critical"} 0)"})
      EXPECT_TRUE(has(text, line));
  }
  EXPECT_TRUE(has(metrics.text(), "smartroute_inflight_body_bytes 0"));
  EXPECT_TRUE(has(metrics.text(), "smartroute_model_requests_in_flight 0"));
}

TEST(Metrics, ExposeWhatOthersKeep) {
  Metrics metrics(1);
  MetricSources sources;
  sources.config_revision = [] { return 42; };
  sources.config_apply_failures = [] { return 3; };
  sources.control_plane_connected = [] { return true; };
  sources.certificate_expiry = [] { return std::vector<std::pair<std::string_view, double>>{{"control_plane", 1'700'000'000}}; };
  sources.tls_certificate_replaced = [] { return 21; };
  sources.tls_certificate_refused = [] { return 22; };
  sources.log_dropped = [] { return 7; };
  sources.log_bodies_dropped = [] { return 11; };
  sources.log_spooled_bytes = [] { return 12; };
  sources.log_spooled_records = [] { return 13; };
  sources.log_spool_dropped = [] { return 14; };
  sources.log_redactions = [] { return 15; };
  sources.spans_exported = [] { return 16; };
  sources.spans_dropped = [] { return std::vector<std::pair<std::string_view, std::uint64_t>>{{"queue_full", 17}, {"refused", 0}}; };
  sources.health_reports = [] { return 8; };
  sources.health_scores = [] { return 9; };
  sources.health_reports_merged = [] { return 10; };
  metrics.observe(std::move(sources));
  const auto text = metrics.text();
  EXPECT_TRUE(has(text, "smartroute_config_revision 42"));
  EXPECT_TRUE(has(text, "smartroute_config_apply_failures_total 3"));
  EXPECT_TRUE(has(text, "smartroute_cp_connected 1"));
  EXPECT_TRUE(has(text, R"(smartroute_certificate_expiry_seconds{peer="control_plane"} 1700000000)"));
  EXPECT_TRUE(has(text, R"(smartroute_tls_certificate_loads_total{result="replaced"} 21)"));
  EXPECT_TRUE(has(text, R"(smartroute_tls_certificate_loads_total{result="refused"} 22)"));
  EXPECT_TRUE(has(text, "smartroute_log_dropped_total 7"));
  EXPECT_TRUE(has(text, "smartroute_log_bodies_dropped_total 11"));
  EXPECT_TRUE(has(text, "smartroute_log_spooled_bytes 12"));
  EXPECT_TRUE(has(text, "smartroute_log_spooled_records 13"));
  EXPECT_TRUE(has(text, "smartroute_log_spool_dropped_total 14"));
  EXPECT_TRUE(has(text, "smartroute_log_redactions_total 15"));
  EXPECT_TRUE(has(text, "smartroute_spans_exported_total 16"));
  EXPECT_TRUE(has(text, R"(smartroute_spans_dropped_total{reason="queue_full"} 17)"));
  EXPECT_TRUE(has(text, R"(smartroute_spans_dropped_total{reason="refused"} 0)"));
  EXPECT_TRUE(has(text, "smartroute_health_reports_total 8"));
  EXPECT_TRUE(has(text, "smartroute_health_scores_total 9"));
  EXPECT_TRUE(has(text, "smartroute_health_reports_merged_total 10"));
  EXPECT_NE(text.find("smartroute_build_info{version="), std::string::npos);
}

TEST(Metrics, ShowHowEachModelStandsNow) {
  Metrics metrics(1);
  std::vector<ModelGauges> models(3);
  models[0].model = models[2].model = "openai/a";
  models[0].health = 0.5;
  models[0].cooling = true;
  models[0].in_flight = 3;
  models[0].first_byte_seconds = 0.25;
  models[1].model = "openai/b";
  MetricSources sources;
  sources.models = [&models] { return models; };
  metrics.observe(std::move(sources));
  auto text = metrics.text();
  EXPECT_TRUE(has(text, R"(smartroute_model_health{model="openai/a"} 0.5)"));
  EXPECT_TRUE(has(text, R"(smartroute_model_cooling{model="openai/a"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_model_in_flight{model="openai/a"} 3)"));
  EXPECT_TRUE(has(text, R"(smartroute_model_first_byte_seconds{model="openai/a"} 0.25)"));
  EXPECT_TRUE(has(text, R"(smartroute_model_health{model="openai/b"} 1)"));
  EXPECT_EQ(text.find(R"(first_byte_seconds{model="openai/b")"), std::string::npos);
  EXPECT_EQ(lines_with(text, "smartroute_model_health{"), 2u);
  models.clear();
  EXPECT_EQ(metrics.text().find("smartroute_model_health"), std::string::npos);
}

TEST(Metrics, CountWhatCameOfAskingTheJudge) {
  Metrics metrics(2);
  EXPECT_TRUE(has(metrics.text(), R"(smartroute_judge_calls_total{outcome="timeout"} 0)"))
      << "there from the start";
  metrics.worker(0).judge_asked("ok");
  metrics.worker(0).judge_called(300'000);
  metrics.worker(0).judge_cache(false);
  metrics.worker(1).judge_asked("cached");
  metrics.worker(1).judge_cache(true);
  metrics.worker(1).judge_cache_evicted(3);
  metrics.worker(1).judge_asked("something nobody knows");
  const auto text = metrics.text();
  EXPECT_TRUE(has(text, R"(smartroute_judge_calls_total{outcome="ok"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_judge_calls_total{outcome="cached"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_judge_calls_total{outcome="other"} 1)"));
  EXPECT_TRUE(has(text, "smartroute_judge_duration_seconds_count 1"));
  EXPECT_TRUE(has(text, "smartroute_judge_duration_seconds_sum 0.3"));
  EXPECT_TRUE(has(text, R"(smartroute_judge_cache_lookups_total{result="hit"} 1)"));
  EXPECT_TRUE(has(text, R"(smartroute_judge_cache_lookups_total{result="miss"} 1)"));
  EXPECT_TRUE(has(text, "smartroute_judge_cache_evictions_total 3"));
}

TEST(Metrics, MayBeScrapedWhileWorkersCount) {
  constexpr std::size_t kRequests = 20'000;
  Metrics metrics(2);
  std::atomic<int> running{2};
  const auto work = [&](std::size_t worker) {
    for (std::size_t i = 0; i < kRequests; ++i)
      count(metrics.worker(worker),
            answered("p" + std::to_string(i % 300), "m" + std::to_string(i % 50)));
    --running;
  };
  std::thread first(work, 0), second(work, 1);
  while (running > 0) EXPECT_FALSE(metrics.text().empty());
  first.join();
  second.join();
  EXPECT_TRUE(has(metrics.text(), R"(smartroute_requests_total{route="t1",code="200"} 40000)"));
}

TEST(Metrics, PassThePrometheusLint) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed";
  Metrics metrics(2);
  MetricSources sources;
  sources.config_revision = sources.config_apply_failures = sources.log_dropped =
      sources.log_bodies_dropped = sources.log_spooled_bytes = sources.log_spooled_records =
          sources.log_spool_dropped = sources.log_redactions = sources.spans_exported =
              sources.conversation_pins_evicted = sources.health_reports = sources.health_scores =
                  sources.health_reports_merged = [] { return 1; };
  sources.control_plane_connected = [] { return false; };
  ModelGauges gauges;
  gauges.model = "openai/a";
  gauges.first_byte_seconds = 0.2;
  admission::MemoryPressure memory;
  const admission::LoadGate load(memory);
  sources.load = &load;
  sources.memory = &memory;
  sources.models = [gauges] { return std::vector<ModelGauges>{gauges}; };
  metrics.observe(std::move(sources));
  count(metrics.worker(0), answered());
  metrics.worker(1).head_rejected(ErrorKind::BadRequest);
  accounting::Settled settled;
  settled.provider = "openai";
  settled.model = "openai/gpt-4o-mini";
  settled.account.prompt = accounting::TokenAmount{7, accounting::TokenSource::Upstream};
  settled.account.cost_nano = 1;
  metrics.accounts().settled(settled);
  const auto text = metrics.text();
  FILE* promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
  const int status = pclose(promtool);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << text;
  for (const std::string_view name :
       {"smartroute_requests_total", "smartroute_heads_rejected_total",
        "gen_ai_client_token_usage"})
    EXPECT_NE(text.find("# HELP " + std::string(name)), std::string::npos) << name;
}

}  // namespace
}  // namespace smartroute::ops
