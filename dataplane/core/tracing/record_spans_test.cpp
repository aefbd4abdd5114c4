#include "dataplane/core/tracing/record_spans.hpp"

#include <gtest/gtest.h>

#include <map>

#include "dataplane/core/tracing/export_request.hpp"
#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"

namespace smartroute::tracing {
namespace {

using opentelemetry::proto::trace::v1::Span;
using opentelemetry::proto::trace::v1::Status;

// Two attempts: one was refused, the other streamed the answer.
v1::RequestRecord failed_over() {
  v1::RequestRecord r;
  r.set_request_id("req-1");
  r.set_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  r.set_span_id("00f067aa0ba902b7");
  r.set_parent_span_id("0102030405060708");
  r.set_endpoint("chat_completions");
  r.set_requested_model("auto");
  r.set_streaming(true);
  r.set_tier("t1");
  r.set_mode("keyword");
  r.set_reason("keyword: hello");
  r.set_received_us(1'000'000);
  r.set_routed_us(1'000'050);
  r.set_upstream_called_us(1'000'100);
  r.set_first_byte_us(1'300'000);
  r.set_completed_us(2'000'000);
  auto* refused = r.add_attempts();
  refused->set_provider("work");
  refused->set_model("work/gpt-4o-mini");
  refused->set_outcome("rate_limited");
  refused->set_reason("the provider's rate limit was hit");
  refused->set_status(429);
  refused->set_started_us(1'000'100);
  refused->set_duration_us(50'000);
  refused->set_span_id("1111111111111111");
  auto* answered = r.add_attempts();
  answered->set_provider("deep");
  answered->set_model("deep/deepseek-chat");
  answered->set_outcome("answered");
  answered->set_status(200);
  answered->set_started_us(1'100'000);
  answered->set_duration_us(900'000);
  answered->set_span_id("2222222222222222");
  r.set_provider("deep");
  r.set_model("deep/deepseek-chat");
  r.set_answered_as("deepseek-v3");
  r.set_finish_reason("stop");
  r.set_status(200);
  r.set_ending("completed");
  r.mutable_prompt_tokens()->set_count(100);
  r.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  r.mutable_completion_tokens()->set_count(20);
  r.mutable_completion_tokens()->set_source(v1::TokenCount::SOURCE_LOCAL);
  r.mutable_token_details()->set_cached(64);
  r.mutable_token_details()->set_reasoning(7);
  r.mutable_cost()->set_nano_usd(1'500'000);
  r.set_request_body(R"({"model":"auto","messages":[{"role":"user","content":"the question"}]})");
  r.set_response_body(R"({"choices":[{"message":{"role":"assistant","content":"the answer"},"finish_reason":"stop"}]})");
  return r;
}

Providers providers() {
  Providers all;
  all["work"] = {"openai", "api.openai.com", 443};
  return all;
}

std::map<std::string, std::string> attributes(const Span& span) {
  std::map<std::string, std::string> all;
  for (const auto& a : span.attributes()) {
    EXPECT_FALSE(all.contains(a.key())) << a.key();
    const auto& v = a.value();
    using V = opentelemetry::proto::common::v1::AnyValue;
    switch (v.value_case()) {
      case V::kStringValue:
        all[a.key()] = v.string_value();
        break;
      case V::kBoolValue:
        all[a.key()] = v.bool_value() ? "true" : "false";
        break;
      case V::kIntValue:
        all[a.key()] = std::to_string(v.int_value());
        break;
      case V::kDoubleValue:
        all[a.key()] = std::to_string(v.double_value());
        break;
      case V::kArrayValue:
        for (const auto& one : v.array_value().values()) all[a.key()] += "[" + one.string_value() + "]";
        break;
      default:
        ADD_FAILURE() << a.key() << " has no value";
    }
  }
  return all;
}

TEST(Spans, AreOneOfTheServerAndOneForEachAttempt) {
  const auto spans = spans_of(failed_over(), providers(), Content::LeaveOut);
  ASSERT_EQ(spans.size(), 3u);
  const Span& server = spans[0];
  EXPECT_EQ(server.kind(), Span::SPAN_KIND_SERVER);
  EXPECT_EQ(server.name(), "chat auto");
  EXPECT_EQ(server.trace_id().size(), 16u);
  EXPECT_EQ(server.trace_id().substr(0, 2), "\x4b\xf9");
  EXPECT_EQ(server.parent_span_id(), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(server.start_time_unix_nano(), 1'000'000'000u);
  EXPECT_EQ(server.end_time_unix_nano(), 2'000'000'000u);
  EXPECT_EQ(server.flags(), 0x301u);
  EXPECT_EQ(server.status().code(), Status::STATUS_CODE_UNSET);
  ASSERT_EQ(server.events_size(), 3);
  EXPECT_EQ(server.events(2).name(), "smartroute.first_byte");
  EXPECT_EQ(server.events(2).time_unix_nano(), 1'300'000'000u);
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(spans[i].kind(), Span::SPAN_KIND_CLIENT);
    EXPECT_EQ(spans[i].parent_span_id(), server.span_id());
    EXPECT_EQ(spans[i].trace_id(), server.trace_id());
    EXPECT_EQ(spans[i].flags(), 0x101u);
  }
  EXPECT_EQ(spans[1].span_id(), std::string(8, '\x11'));
  EXPECT_EQ(spans[1].name(), "chat gpt-4o-mini");
  EXPECT_EQ(spans[1].end_time_unix_nano() - spans[1].start_time_unix_nano(), 50'000'000u);
}

TEST(Spans, SayWhatTheConventionsAskFor) {
  const auto spans = spans_of(failed_over(), providers(), Content::LeaveOut);
  auto server = attributes(spans[0]);
  const std::map<std::string, std::string> of_server{{"gen_ai.operation.name", "chat"},     {"gen_ai.request.model", "auto"},
                                                     {"gen_ai.request.stream", "true"},     {"http.request.method", "POST"},
                                                     {"http.response.status_code", "200"},  {"smartroute.tier", "t1"},
                                                     {"smartroute.mode", "keyword"},        {"smartroute.reason", "keyword: hello"},
                                                     {"gen_ai.response.model", "deepseek-v3"}, {"smartroute.cost_usd", "0.001500"}};
  for (const auto& [key, value] : of_server) EXPECT_EQ(server[key], value) << key;
  EXPECT_FALSE(server.contains("error.type"));
  EXPECT_FALSE(server.contains("gen_ai.input.messages"));

  auto refused = attributes(spans[1]);
  EXPECT_EQ(refused["gen_ai.provider.name"], "openai");
  EXPECT_EQ(refused["server.address"], "api.openai.com");
  EXPECT_EQ(refused["server.port"], "443");
  EXPECT_EQ(refused["error.type"], "rate_limited");
  EXPECT_EQ(refused["http.response.status_code"], "429");
  EXPECT_EQ(refused["smartroute.attempt"], "1");
  EXPECT_FALSE(refused.contains("gen_ai.usage.input_tokens"));
  EXPECT_EQ(spans[1].status().code(), Status::STATUS_CODE_ERROR);

  auto answered = attributes(spans[2]);
  EXPECT_EQ(answered["gen_ai.provider.name"], "deep") << "not known: as it is configured";
  EXPECT_FALSE(answered.contains("server.address"));
  EXPECT_EQ(answered["gen_ai.request.model"], "deepseek-chat");
  EXPECT_EQ(answered["gen_ai.response.model"], "deepseek-v3");
  EXPECT_EQ(answered["gen_ai.response.finish_reasons"], "[stop]");
  EXPECT_EQ(answered["gen_ai.usage.input_tokens"], "100");
  EXPECT_EQ(answered["gen_ai.usage.output_tokens"], "20");
  EXPECT_EQ(answered["gen_ai.usage.cache_read.input_tokens"], "64");
  EXPECT_EQ(answered["gen_ai.usage.reasoning.output_tokens"], "7");
  EXPECT_EQ(answered["gen_ai.response.time_to_first_chunk"], "0.200000");
  EXPECT_EQ(answered["smartroute.usage.input_source"], "upstream");
  EXPECT_EQ(answered["smartroute.usage.output_source"], "local");
  EXPECT_EQ(answered["smartroute.attempt"], "2");
  EXPECT_EQ(spans[2].status().code(), Status::STATUS_CODE_UNSET);
}

TEST(Spans, HoldWhatWasSaidOnlyWhenAsked) {
  auto server = attributes(spans_of(failed_over(), providers(), Content::Include)[0]);
  EXPECT_EQ(server["gen_ai.input.messages"], R"([{"role":"user","parts":[{"type":"text","content":"the question"}]}])");
  EXPECT_EQ(server["gen_ai.output.messages"],
            R"([{"role":"assistant","parts":[{"type":"text","content":"the answer"}],"finish_reason":"stop"}])");
  auto cut = failed_over();
  cut.set_request_cut(true);
  server = attributes(spans_of(cut, providers(), Content::Include)[0]);
  EXPECT_FALSE(server.contains("gen_ai.input.messages"));
  EXPECT_TRUE(server.contains("gen_ai.output.messages"));
}

TEST(Spans, CallOnlyOurOwnFailuresErrors) {
  struct Row {
    const char* name;
    int status;
    const char* ending;
    const char* kind;
    Status::StatusCode code;
    const char* type;
  };
  const Row rows[] = {
      {"no upstream", 502, "upstream_error", "upstream_unreachable", Status::STATUS_CODE_ERROR, "upstream_unreachable"},
      {"a broken stream", 200, "broken_stream", "", Status::STATUS_CODE_ERROR, "broken_stream"},
      {"a bad request", 400, "rejected_by_gateway", "invalid_request", Status::STATUS_CODE_UNSET, "invalid_request"},
      {"a client that left", 0, "client_gone", "client_gone", Status::STATUS_CODE_UNSET, "client_gone"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto record = failed_over();
    record.set_status(row.status);
    record.set_ending(row.ending);
    record.set_error_kind(row.kind);
    const auto server = spans_of(record, {}, Content::LeaveOut)[0];
    EXPECT_EQ(server.status().code(), row.code);
    EXPECT_EQ(attributes(server)["error.type"], row.type);
  }
}

TEST(Spans, TellZeroTokensFromUnknownOnes) {
  auto record = failed_over();
  record.mutable_prompt_tokens()->set_count(0);
  record.clear_completion_tokens();
  auto answered = attributes(spans_of(record, {}, Content::LeaveOut)[2]);
  EXPECT_EQ(answered["gen_ai.usage.input_tokens"], "0");
  EXPECT_FALSE(answered.contains("gen_ai.usage.output_tokens"));
}

TEST(Spans, NeverEndBeforeTheyBegin) {
  auto record = failed_over();
  record.set_completed_us(5);  // the wall clock was set back
  record.mutable_attempts(0)->set_started_us(-7);
  for (const auto& span : spans_of(record, {}, Content::LeaveOut)) EXPECT_GE(span.end_time_unix_nano(), span.start_time_unix_nano());
}

TEST(Spans, OfARecordWithoutATraceAreNone) {
  for (const char* id : {"", "00000000000000000000000000000000", "4bf92f3577b34da6a3ce929d0e0e473", "4BF92F3577B34DA6A3CE929D0E0E4736"}) {
    auto record = failed_over();
    record.set_trace_id(id);
    EXPECT_TRUE(spans_of(record, {}, Content::LeaveOut).empty()) << id;
  }
}

TEST(Spans, OfAttemptsWithoutIdsHaveIdsOfTheirOwn) {
  auto record = failed_over();
  for (auto& attempt : *record.mutable_attempts()) attempt.clear_span_id();
  const auto spans = spans_of(record, {}, Content::LeaveOut);
  EXPECT_NE(spans[1].span_id(), spans[2].span_id());
  EXPECT_NE(spans[1].span_id(), spans[0].span_id());
  EXPECT_EQ(spans[1].span_id().size(), 8u);
}

TEST(ExportRequest, IsTheMessageItStandsFor) {
  const auto spans = spans_of(failed_over(), providers(), Content::LeaveOut);
  std::vector<std::string> encoded;
  for (const auto& span : spans) append_span(span, encoded.emplace_back());
  opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest request;
  ASSERT_TRUE(request.ParseFromString(export_request({"edge", "host-1", "9.9"}, encoded)));
  ASSERT_EQ(request.resource_spans_size(), 1);
  const auto& of_resource = request.resource_spans(0);
  EXPECT_EQ(of_resource.resource().attributes(0).key(), "service.name");
  EXPECT_EQ(of_resource.resource().attributes(0).value().string_value(), "edge");
  ASSERT_EQ(of_resource.scope_spans_size(), 1);
  EXPECT_EQ(of_resource.scope_spans(0).scope().name(), "smartroute");
  ASSERT_EQ(of_resource.scope_spans(0).spans_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(of_resource.scope_spans(0).spans(i).SerializeAsString(), spans[static_cast<std::size_t>(i)].SerializeAsString());
}

}  // namespace
}  // namespace smartroute::tracing
