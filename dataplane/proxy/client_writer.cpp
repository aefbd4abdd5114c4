#include "dataplane/proxy/client_writer.hpp"

#include <algorithm>
#include <charconv>

#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/error_response.hpp"

namespace smartroute::proxy {
namespace {

constexpr std::string_view kCrlf = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

void append_number(std::string& out, std::uint64_t value, int base = 10) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  out.append(digits, end);
}

void header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append(kCrlf);
}

// Seconds: 10 below the real idle timeout, so that a client never sends into our close. At least 1, which clients that heed it take for "do
// not use it again": without a word they would guess, and often wrong.
std::int64_t told_keep_alive(const Exchange& x) {
  const auto real = x.view ? x.view->config.limits.keep_alive_timeout : config::Limits().keep_alive_timeout;
  return std::max<std::int64_t>(1, std::chrono::floor<std::chrono::seconds>(real).count() - 10);
}

}  // namespace

void compose_head(Exchange& x, int status, std::string_view content_type, ClientFraming framing, std::uint64_t length, std::string_view extra) {
  std::string& h = x.client_head;
  h.assign("HTTP/1.1 ");
  append_number(h, static_cast<std::uint64_t>(status));
  h.append(" ").append(reason_phrase(status)).append(kCrlf);
  header(h, "content-type", content_type);
  header(h, "x-request-id", x.record.request_id);
  const accounting::Record& r = x.record;
  if (!r.tier.empty()) header(h, "x-smartroute-tier", r.tier);
  if (!r.reason.empty()) header(h, "x-smartroute-tier-reason", r.reason);
  if (!r.model.empty()) header(h, "x-smartroute-model", r.model);
  if (!r.provider.empty()) header(h, "x-smartroute-provider", r.provider);
  if (x.endpoint == Endpoint::ChatCompletions) {
    h.append("x-smartroute-attempts: ");
    append_number(h, static_cast<std::uint64_t>(x.chain.attempts()));
    h.append("\r\nx-smartroute-overhead-us: ");
    append_number(h, x.record.overhead_us);
    h.append(kCrlf);
  }
  if (x.guarantee == config::Guarantee::Buffered) header(h, "x-smartroute-guarantee", "buffered");
  h.append(extra);
  if (framing == ClientFraming::Length) {
    h.append("content-length: ");
    append_number(h, length);
    h.append(kCrlf);
  } else if (framing == ClientFraming::Chunked) {
    h.append("transfer-encoding: chunked\r\n");
  } else {
    x.close_after = true;
  }
  if (x.client->worker().draining() || !x.head || !x.head->keep_alive) x.close_after = true;
  if (x.close_after) {
    h.append("connection: close\r\n\r\n");
    return;
  }
  h.append("connection: keep-alive\r\nkeep-alive: timeout=");
  append_number(h, static_cast<std::uint64_t>(told_keep_alive(x)));
  h.append("\r\n\r\n");
}

void stamp_overhead(Exchange& x, const net::Worker& worker) {
  const SteadyTime now = x.committed ? x.answered : worker.clock().steady();
  const auto own = now - x.ready - x.waited;
  x.record.overhead_us = static_cast<std::uint32_t>(std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(own).count()));
  x.record.first_byte_us = worker.wall_us(now);
}

void ClientWriter::begin_chunk(std::size_t bytes) {
  if (framing_ != ClientFraming::Chunked || bytes == 0) return;
  x_.chunk_head.clear();
  append_number(x_.chunk_head, bytes, 16);
  x_.chunk_head.append(kCrlf);
  put(x_.chunk_head);
}

void ClientWriter::end_chunk(std::size_t bytes) {
  if (framing_ == ClientFraming::Chunked && bytes != 0) put(kCrlf);
}

void ClientWriter::last_chunk() {
  if (framing_ == ClientFraming::Chunked) put(kLastChunk);
}

bool ClientWriter::flush_now() {
  const bool alive = x_.client->send(x_.pieces.data(), static_cast<int>(x_.pieces.size()));
  x_.pieces.clear();
  return alive;
}

}  // namespace smartroute::proxy
