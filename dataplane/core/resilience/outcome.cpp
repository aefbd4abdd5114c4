// The policy table of attempts. A row says: name, whose fault, who may run next, what it means to the model's health, what the client is
// told when nothing is left, whether the provider's own words go to it instead, and the words for the trace.
//
// The rule behind `next`: another model may help when this one was unreachable, silent, untrustworthy, or refused for a reason of its own
// (load, credentials). It cannot help when the request itself is at fault, or when its time or its client is gone. Whether bytes of an
// answer have already been delivered is not the table's matter: after the commit point nobody asks it.
// The rule behind `health`: only what the model or its provider did counts, and once.
#include "dataplane/core/resilience/outcome.hpp"

#include <cstddef>

namespace smartroute::resilience {
namespace {

constexpr int kFirst = 400;
constexpr int kBits = 256;
constexpr int kNotFound = 404;
constexpr int kRequestTimeout = 408;
constexpr int kConflict = 409;
constexpr int kTooManyRequests = 429;

constexpr bool kPassesOn = true;
constexpr bool kOwnWords = false;

constexpr std::size_t index_of(AttemptOutcome outcome) noexcept {
  return static_cast<std::size_t>(outcome);
}

using Rows = std::array<OutcomeRow, index_of(AttemptOutcome::kCount)>;

// Before a whole response head.
constexpr void add_connection_rows(Rows& rows) {
  using enum AttemptOutcome;
  const auto row = [&rows](AttemptOutcome outcome) -> OutcomeRow& { return rows[index_of(outcome)]; };
  // Nothing was sent, and the answer came at once: the next candidate costs nothing twice.
  row(DnsFailed) = {"dns_failed", Origin::Upstream, Next::Others, HealthKind::Connect, ErrorKind::UpstreamUnreachable, kOwnWords,
                    "the provider's name could not be resolved"};
  row(ConnectFailed) = {"connect_failed", Origin::Upstream, Next::Others, HealthKind::Connect, ErrorKind::UpstreamUnreachable, kOwnWords,
                        "the connection was refused or the host is unreachable"};
  // The host is silent, not the model: its other models would be waited for just as long, and a request is to pay for one silence only.
  row(ConnectTimeout) = {"connect_timeout", Origin::Upstream, Next::NotThisHost, HealthKind::Timeout, ErrorKind::UpstreamUnreachable,
                         kOwnWords, "no connection within the connect timeout"};
  row(TlsFailed) = {"tls_failed", Origin::Upstream, Next::Others, HealthKind::Connect, ErrorKind::UpstreamUnreachable, kOwnWords,
                    "the TLS handshake or the certificate check failed"};
  // The request may have run there, but the client has nothing yet, and an answer is what it pays for.
  row(Reset) = {"reset", Origin::Upstream, Next::Others, HealthKind::BadResponse, ErrorKind::UpstreamBroke, kOwnWords,
                "the connection ended before a whole response head"};
  // As ConnectTimeout: a silent upstream tried twice doubles the wait for nothing. Mild to health: a long thought looks the same.
  row(FirstByteTimeout) = {"first_byte_timeout", Origin::Upstream, Next::NotThisHost, HealthKind::Timeout, ErrorKind::UpstreamTimeout,
                           kOwnWords, "no answer within the first-byte timeout"};
  // Another provider has another key. Nothing was sent, so it says nothing about the model.
  row(NoCredentials) = {"no_credentials", Origin::Gateway, Next::Others, HealthKind::None, ErrorKind::UpstreamCredentials, kOwnWords,
                        "the provider's key is not to be had; nothing was sent"};
}

// An answer whose status, or what an error answer says, settles it.
constexpr void add_status_rows(Rows& rows) {
  using enum AttemptOutcome;
  const auto row = [&rows](AttemptOutcome outcome) -> OutcomeRow& { return rows[index_of(outcome)]; };
  // A hiccup, of which the same model often knows nothing a moment later. The attempt loop takes it at its word for a 500 only.
  row(RetryableStatus) = {"retryable_status", Origin::Upstream, Next::OthersOrSame, HealthKind::ServerError, ErrorKind::UpstreamRejected,
                          kOwnWords, "answered with a status that is configured as retryable"};
  // The owner says that others may take what this one does not (a model it does not know, a parameter it does not have); that tells
  // nothing of how well it is. When all refuse, the last one's words explain it best.
  row(RetryableRejection) = {"retryable_rejection", Origin::Upstream, Next::Others, HealthKind::None, ErrorKind::UpstreamRejected, kPassesOn,
                             "rejected the request in a way that says nothing about others"};
  // Others here, but only when 429 is configured: see next_after(). Its words name the gateway's account, not the caller's.
  row(RateLimited) = {"rate_limited", Origin::Upstream, Next::Others, HealthKind::RateLimited, ErrorKind::UpstreamRateLimited, kOwnWords,
                      "the provider's rate limit was hit"};
  // The gateway's key, not the caller's: another provider has another key. Never shown to the client as its own 401.
  row(CredentialsRefused) = {"credentials_refused", Origin::Gateway, Next::Others, HealthKind::Unauthorized, ErrorKind::UpstreamCredentials,
                             kOwnWords, "the provider refused the gateway's credentials or account"};
  // Every model would refuse it again: pass the provider's words on, at once.
  row(RejectedRequest) = {"rejected_request", Origin::Client, Next::Nobody, HealthKind::None, ErrorKind::UpstreamRejected, kPassesOn,
                          "the provider rejected the request itself"};
  // Only more room helps; a model with the same window would refuse it as well.
  row(ContextLength) = {"context_length", Origin::Client, Next::LargerWindow, HealthKind::None, ErrorKind::UpstreamRejected, kPassesOn,
                        "the request is longer than the model's context window"};
  // Others here, but only when retry.on_content_policy is set: see next_after(). Shopping for a laxer provider is the owner's decision.
  row(ContentPolicy) = {"content_policy", Origin::Client, Next::Others, HealthKind::None, ErrorKind::UpstreamRejected, kPassesOn,
                        "the provider refused the request for what it says"};
  // The owner left this status off the list, so it is meant to be final.
  row(ServerError) = {"server_error", Origin::Upstream, Next::Nobody, HealthKind::ServerError, ErrorKind::UpstreamRejected, kOwnWords,
                      "the provider failed with a status that is not configured as retryable"};
}

// A 2xx, good or only so called.
constexpr void add_answer_rows(Rows& rows) {
  using enum AttemptOutcome;
  const auto row = [&rows](AttemptOutcome outcome) -> OutcomeRow& { return rows[index_of(outcome)]; };
  // The answer is the client's; kind and fault are never read.
  row(Answered) = {"answered", Origin::Upstream, Next::Nobody, HealthKind::Success, ErrorKind::Internal, kOwnWords, "answered"};
  row(BadResponse) = {"bad_response", Origin::Upstream, Next::Others, HealthKind::BadResponse, ErrorKind::UpstreamBroke, kOwnWords,
                      "the provider's answer cannot be trusted"};
  // A 200 that says "overloaded", as an object or as a sentence: to health the same thing.
  row(ErrorInBody) = {"error_in_body", Origin::Upstream, Next::Others, HealthKind::Keyword, ErrorKind::UpstreamRejected, kOwnWords,
                      "the provider reported an error inside a successful answer"};
  row(ErrorKeyword) = {"error_keyword", Origin::Upstream, Next::Others, HealthKind::Keyword, ErrorKind::UpstreamRejected, kOwnWords,
                       "the answer's text is an error message"};
  // Arises only under retry.retry_on_empty; without it an empty answer is an answer.
  row(EmptyAnswer) = {"empty_answer", Origin::Upstream, Next::Others, HealthKind::Empty, ErrorKind::UpstreamBroke, kOwnWords,
                      "the provider's answer says nothing"};
  // Others for both: before the commit point they happen only to an answer that is held back whole, so the client has seen none of it.
  row(BrokeMidStream) = {"broke_mid_stream", Origin::Upstream, Next::Others, HealthKind::BadResponse, ErrorKind::UpstreamBroke, kOwnWords,
                         "the answer broke off after it had begun"};
  row(IdleTimeout) = {"idle_timeout", Origin::Upstream, Next::Others, HealthKind::Timeout, ErrorKind::UpstreamTimeout, kOwnWords,
                      "the answer stalled after it had begun"};
}

// The request is over, whatever the upstream does.
constexpr void add_final_rows(Rows& rows) {
  using enum AttemptOutcome;
  const auto row = [&rows](AttemptOutcome outcome) -> OutcomeRow& { return rows[index_of(outcome)]; };
  // One budget for all attempts, and it is spent. The model that held it to the end was slow, as after any other timeout.
  row(TotalTimeout) = {"total_timeout", Origin::Upstream, Next::Nobody, HealthKind::Timeout, ErrorKind::UpstreamTimeout, kOwnWords,
                       "the request's total time was used up"};
  // Nobody is left to answer.
  row(ClientGone) = {"client_gone", Origin::Client, Next::Nobody, HealthKind::None, ErrorKind::ClientGone, kOwnWords,
                     "the client went away"};
  // The grace is over; another attempt would be cut off as well.
  row(Drained) = {"drained", Origin::Gateway, Next::Nobody, HealthKind::None, ErrorKind::Draining, kOwnWords,
                  "the gateway is shutting down"};
}

constexpr Rows make_rows() {
  Rows rows{};
  add_connection_rows(rows);
  add_status_rows(rows);
  add_answer_rows(rows);
  add_final_rows(rows);
  return rows;
}

constexpr Rows kRows = make_rows();

constexpr bool every_row_is_filled() {
  for (const OutcomeRow& row : kRows)
    if (row.name.empty() || row.text.empty()) return false;
  return true;
}
static_assert(every_row_is_filled(), "an outcome has no row");

constexpr std::array<std::string_view, static_cast<std::size_t>(HealthKind::kCount)> kHealthNames{
    "none", "success", "timeout", "server_error", "keyword", "empty", "rate_limited", "unauthorized", "connect", "bad_response"};
static_assert(!kHealthNames.back().empty(), "a kind of health has no name");

std::string lower_ascii(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

const OutcomeRow& row_of(AttemptOutcome outcome) noexcept { return kRows[index_of(outcome)]; }

std::string_view name_of(HealthKind kind) noexcept {
  const auto at = static_cast<std::size_t>(kind);
  return at < kHealthNames.size() ? kHealthNames[at] : kHealthNames[0];
}

HealthKind health_kind_named(std::string_view name) noexcept {
  for (std::size_t at = 0; at < kHealthNames.size(); ++at)
    if (kHealthNames[at] == name) return static_cast<HealthKind>(at);
  return HealthKind::None;
}

RetryRules::RetryRules(const config::Retry& retry) : on_empty_(retry.retry_on_empty), on_content_policy_(retry.on_content_policy) {
  for (const std::int32_t code : retry.status_codes)
    if (code >= kFirst && code < kFirst + kBits)
      bits_[static_cast<std::size_t>(code - kFirst) / 64] |= std::uint64_t{1} << ((code - kFirst) % 64);
  for (const std::string& keyword : retry.error_keywords)
    if (!keyword.empty()) keywords_.push_back(lower_ascii(keyword));  // an empty one would be in every text
}

bool RetryRules::contains(int status) const noexcept {
  if (status < kFirst || status >= kFirst + kBits) return false;
  return (bits_[static_cast<std::size_t>(status - kFirst) / 64] >> ((status - kFirst) % 64) & 1) != 0;
}

Next next_after(AttemptOutcome outcome, const RetryRules& retry) noexcept {
  if (outcome == AttemptOutcome::RateLimited && !retry.contains(kTooManyRequests)) return Next::Nobody;
  if (outcome == AttemptOutcome::ContentPolicy && !retry.on_content_policy()) return Next::Nobody;
  return row_of(outcome).next;
}

// The order matters: credentials and rate limits keep their own outcome, also when they are on the list, because health treats them
// differently from a server that failed.
AttemptOutcome judge_status(int status, const RetryRules& retry) noexcept {
  if (status >= 200 && status < 300) return AttemptOutcome::Answered;
  if (status == 401 || status == 402 || status == 403) return AttemptOutcome::CredentialsRefused;
  if (status == kTooManyRequests) return AttemptOutcome::RateLimited;
  if (status >= 500 && status < 600) return retry.contains(status) ? AttemptOutcome::RetryableStatus : AttemptOutcome::ServerError;
  if (status >= 400 && status < 500) {
    // A provider that does not know the model was configured wrongly: another candidate may well answer.
    if (status == kNotFound) return AttemptOutcome::RetryableRejection;
    if (!retry.contains(status)) return AttemptOutcome::RejectedRequest;
    // The two that speak of the server's moment, not of the request.
    return status == kRequestTimeout || status == kConflict ? AttemptOutcome::RetryableStatus : AttemptOutcome::RetryableRejection;
  }
  return AttemptOutcome::BadResponse;  // interim answers are not final ones, and redirects are never followed
}

}  // namespace smartroute::resilience
