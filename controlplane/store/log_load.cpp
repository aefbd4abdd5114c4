#include "controlplane/store/log_load.hpp"

#include <array>
#include <string_view>

namespace smartroute::store {
namespace {

// Not lorem ipsum, which compresses too well: words drawn by a long tail, and numbers and identifiers that hardly repeat.
constexpr std::array<std::string_view, 64> kWords{
    "the",     "of",       "and",     "to",       "a",        "in",       "is",       "that",      "for",      "it",       "as",      "with",   "on",
    "request", "function", "return",  "value",    "error",    "please",   "summary",  "customer",  "invoice",  "schedule", "explain", "table",  "column",
    "index",   "query",    "latency", "document", "contract", "clause",   "deadline", "translate", "sentence", "meeting",  "project", "budget", "report",
    "average", "increase", "quarter", "region",   "server",   "deploy",   "container", "memory",   "thread",   "mutex",    "socket",  "packet", "buffer",
    "kernel",  "compile",  "library", "version",  "branch",   "commit",   "review",   "pipeline",  "artifact", "release",  "rollback", "cluster"};

struct Tier {
  const char *name, *model, *provider;
};
constexpr std::array<Tier, 6> kTiers{{{"t1", "openai/gpt-4.1-nano", "openai"},
                                      {"t1", "deepseek/deepseek-chat", "deepseek"},
                                      {"t2", "openai/gpt-4.1-mini", "openai"},
                                      {"t2", "moonshot/kimi-k2", "moonshot"},
                                      {"t3", "openai/gpt-4.1", "openai"},
                                      {"t3", "anthropic/claude-sonnet", "anthropic"}}};

}  // namespace

std::string LogLoad::prose(std::size_t bytes) {
  std::string text;
  text.reserve(bytes + 16);
  while (text.size() < bytes) {
    const auto tail = random_.below(64);
    const auto pick = random_.below(100);
    if (pick < 6)
      text += std::to_string(random_.next() % 1'000'000);
    else if (pick < 14)
      for (int i = 0; i < 7; ++i) text += static_cast<char>('a' + random_.below(26));
    else
      text += kWords[tail * tail / 64];
    text += pick % 11 == 0 ? ". " : " ";
  }
  return text;
}

void LogLoad::fill(v1::RequestRecord& record) {
  const std::int64_t at = now_us();
  const Tier& tier = kTiers[random_.below(10) < 7 ? random_.below(4) : 4 + random_.below(2)];
  const bool failed = random_.below(100) < 2;
  const auto took = static_cast<std::int64_t>(200'000 + random_.below(3'000'000) * (random_.below(50) == 0 ? 10 : 1));
  record.set_request_id("req-" + std::to_string(random_.next()));
  record.set_received_us(at);
  record.set_routed_us(at + 150);
  record.set_upstream_called_us(at + 400);
  record.set_first_byte_us(at + took / 4);
  record.set_completed_us(at + took);
  record.set_endpoint("chat_completions");
  record.set_requested_model("auto");
  record.set_streaming(random_.below(3) != 0);
  record.set_tier(tier.name);
  record.set_mode("embedded");
  record.set_reason("embedded:0.71");
  record.set_confidence(0.71);
  for (auto tries = 1 + (random_.below(30) == 0); tries > 0; --tries) {
    auto& attempt = *record.add_attempts();
    attempt.set_provider(tier.provider);
    attempt.set_model(tier.model);
    attempt.set_outcome(tries > 1 || failed ? "timeout" : "answered");
    attempt.set_status(tries > 1 || failed ? 504 : 200);
    attempt.set_started_us(at + 400);
    attempt.set_duration_us(static_cast<std::uint32_t>(took));
  }
  if (!failed) record.set_model(tier.model), record.set_provider(tier.provider);
  record.set_status(failed ? (random_.below(2) == 0 ? 429 : 504) : 200);
  record.set_ending(failed ? "upstream_error" : "completed");
  if (failed) record.set_error_kind(record.status() == 429 ? "rate_limited" : "timeout"), record.set_error("the model did not answer in time");
  record.mutable_prompt_tokens()->set_count(300 + random_.below(900));
  record.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  record.mutable_completion_tokens()->set_count(50 + random_.below(500));
  record.mutable_completion_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  record.mutable_cost()->set_nano_usd(static_cast<std::int64_t>(100'000 + random_.below(2'000'000)));
  record.mutable_cost()->set_t3_nano_usd(record.cost().nano_usd() * 3);
  record.set_key_id("key" + std::to_string(random_.below(static_cast<std::uint64_t>(shape_.keys))));
  record.set_category(random_.below(8) == 0 ? "tool" : "chat");
  record.set_config_revision(17);
  record.set_client_address("10.0." + std::to_string(random_.below(4)) + "." + std::to_string(random_.below(250)));
  auto& route = *record.mutable_route();
  route.set_configured_mode("embedded");
  route.set_decided_by("embedded");
  for (const float p : {0.7f, 0.2f, 0.1f}) route.add_probabilities(p);
  route.set_weights("builtin-1");
  route.set_strategy("adaptive");
  route.add_candidates()->set_model(tier.model);
  const std::string ask = prose(120 + random_.below(500));
  record.set_preview(ask.substr(0, 200));
  if (!shape_.bodies) return;
  const std::string system = "You are a helpful assistant of the support team. Answer in the language of the question. " + prose(200);
  route.mutable_input()->set_ask(ask);
  route.mutable_input()->set_system(system);
  record.set_request_body(R"({"model":"auto","stream":true,"messages":[{"role":"system","content":")" + system + R"("},{"role":"user","content":")" + ask +
                          R"("},{"role":"assistant","content":")" + prose(500 + random_.below(1'500)) + R"("},{"role":"user","content":"go on"}]})");
  record.set_response_body(R"({"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":")" +
                           prose(600 + random_.below(2'500)) + R"("},"finish_reason":"stop"}]})");
}

v1::ReportRequest LogLoad::batch(int records) {
  v1::ReportRequest batch;
  const std::string instance = "proxy-" + std::to_string(made_ / 1'000 % static_cast<std::uint64_t>(shape_.instances));
  batch.set_instance_id(instance);
  batch.set_boot_id("0123456789abcdef0123456789" + instance);
  batch.set_first_sequence(made_);
  for (int i = 0; i < records; ++i, ++made_) fill(*batch.add_records());
  return batch;
}

}  // namespace smartroute::store
