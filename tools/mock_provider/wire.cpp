#include "tools/mock_provider/wire.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <iterator>

namespace smartroute::mock_provider {
namespace {

constexpr std::int64_t kMissingBytes = 16;         // short_cl promises that many more
constexpr std::size_t kMaxWholeBytes = 256 << 20;  // of a stream whose length must be declared
constexpr std::string_view kInterim =
    "HTTP/1.1 100 Continue\r\n\r\n"
    "HTTP/1.1 103 Early Hints\r\nlink: </mock>; rel=preload\r\n\r\n";
constexpr std::string_view kUnasked =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
    "20\r\n\r\n{\"poison\":\"unasked\"}";

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Scripted";
  }
}

bool sets(const Behaviour& behaviour, std::string_view lower_name) {
  for (const auto& [name, value] : behaviour.headers) {
    std::string lower = name;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (lower == lower_name) return true;
  }
  return false;
}

}  // namespace

struct Wire::Gzip {
  Gzip() { deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY); }
  ~Gzip() { deflateEnd(&stream); }
  z_stream stream{};
};

Wire::Wire(Answer& answer, const Behaviour& behaviour, std::int64_t received_ns,
           std::string_view header_names)
    : answer_(answer),
      behaviour_(behaviour),
      received_ns_(received_ns),
      header_names_(header_names) {
  choose_length();
  if (behaviour.gzip || behaviour.framing == Framing::TeGzip) gzip_ = std::make_unique<Gzip>();
  if (length_ == Length::Declared) whole_ = coded(whole_payload(), true);
}

Wire::~Wire() = default;

void Wire::choose_length() {
  switch (behaviour_.framing) {
    case Framing::Ok:
    case Framing::NoReason:
    case Framing::Interim:
    case Framing::ExtraBytes:
    case Framing::Html200:
    case Framing::JsonForStream:
      length_ = answer_.shape() == Shape::Events ? Length::Chunked : Length::Declared;
      break;
    case Framing::TwoCl:
      break;
    case Framing::ShortCl:
      closes_ = true;
      break;
    case Framing::NoLastChunk:
      closes_ = true;
      [[fallthrough]];
    case Framing::ClTe:
    case Framing::BadChunk:
    case Framing::Trailers:
    case Framing::ChunkExt:
      length_ = Length::Chunked;
      break;
    case Framing::Http10Eof:
    case Framing::Eof:
    case Framing::TeGzip:
      length_ = Length::UntilClose;
      closes_ = true;
      break;
  }
}

std::string Wire::head() {
  const auto framing = behaviour_.framing;
  std::string out;
  if (framing == Framing::Interim) out += kInterim;
  out += framing == Framing::Http10Eof ? "HTTP/1.0 " : "HTTP/1.1 ";
  out += std::to_string(answer_.status());
  if (framing != Framing::NoReason)
    fmt::format_to(std::back_inserter(out), " {}", reason(answer_.status()));
  out += "\r\n";
  if (!sets(behaviour_, "content-type")) {
    fmt::format_to(std::back_inserter(out), "content-type: {}\r\n", answer_.content_type());
  }
  if (answer_.shape() == Shape::Events) out += "cache-control: no-cache\r\n";
  if (gzip_ && framing != Framing::TeGzip) out += "content-encoding: gzip\r\n";
  out += "x-request-id: req_mock\r\nopenai-processing-ms: 1\r\n";
  if (behaviour_.retry_after)
    fmt::format_to(std::back_inserter(out), "retry-after: {}\r\n", *behaviour_.retry_after);
  for (const auto& [name, value] : behaviour_.headers) out += name + ": " + value + "\r\n";
  if (behaviour_.header_bytes > 0)
    out += "x-mock-filler: " + std::string(behaviour_.header_bytes, 'f') + "\r\n";
  if (behaviour_.echo_request)
    fmt::format_to(std::back_inserter(out), "x-mock-header-names: {}\r\n", header_names_);
  const auto bytes = static_cast<std::int64_t>(whole_.size());
  if (length_ == Length::Declared) {
    const std::int64_t promised = framing == Framing::ShortCl ? bytes + kMissingBytes : bytes;
    fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", promised);
  }
  if (framing == Framing::TwoCl)
    fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", bytes + 7);
  if (framing == Framing::ClTe) out += "content-length: 5\r\n";
  if (length_ == Length::Chunked) out += "transfer-encoding: chunked\r\n";
  if (framing == Framing::TeGzip) out += "transfer-encoding: gzip\r\n";
  if (closes_) out += "connection: close\r\n";
  if (behaviour_.stamp) {
    fmt::format_to(std::back_inserter(out), "x-mock-recv-ns: {}\r\nx-mock-send-ns: {}\r\n",
                   received_ns_, monotonic_ns());
  }
  out += "\r\n";
  return out;
}

std::string Wire::whole_payload() {
  if (answer_.shape() == Shape::Plain) return answer_.plain();
  std::string out;
  while (!answer_.ended() && out.size() < kMaxWholeBytes) answer_.next_event(out);
  return out;
}

std::string Wire::coded(std::string_view payload, bool last) {
  if (!gzip_) return std::string(payload);
  z_stream& z = gzip_->stream;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  z.avail_in = static_cast<uInt>(payload.size());
  std::string out;
  char block[16 * 1024];
  do {
    z.next_out = reinterpret_cast<Bytef*>(block);
    z.avail_out = sizeof block;
    deflate(&z, last ? Z_FINISH : Z_SYNC_FLUSH);
    out.append(block, sizeof block - z.avail_out);
  } while (z.avail_out == 0);
  return out;
}

void Wire::append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  const bool bad = behaviour_.framing == Framing::BadChunk && chunks_ == 1;
  if (bad) {
    out += "xyz";
  } else {
    fmt::format_to(std::back_inserter(out), "{:x}", data.size());
  }
  if (behaviour_.framing == Framing::ChunkExt) out += ";mock=\"1\"";
  out += "\r\n";
  out += data;
  out += "\r\n";
  ++chunks_;
}

void Wire::append_end(std::string& out) {
  ended_ = true;
  if (length_ == Length::Chunked && behaviour_.framing != Framing::NoLastChunk) {
    out += behaviour_.framing == Framing::Trailers ? "0\r\nx-mock-trailer: 1\r\n\r\n" : "0\r\n\r\n";
  }
  if (behaviour_.framing == Framing::ExtraBytes) out += kUnasked;
}

void Wire::next(std::string& out) {
  if (length_ == Length::Declared) {
    out += whole_;
    append_end(out);
    return;
  }
  std::string payload;
  if (answer_.shape() == Shape::Events) {
    answer_.next_event(payload);
  } else {
    payload = answer_.plain();
  }
  const bool last = answer_.shape() == Shape::Plain || answer_.ended();
  const std::string bytes = coded(payload, last);
  if (length_ == Length::UntilClose) {
    out += bytes;
  } else if (answer_.shape() == Shape::Plain) {
    const std::string_view view = bytes;
    append_chunk(out, view.substr(0, view.size() / 2));
    append_chunk(out, view.substr(view.size() / 2));
  } else {
    append_chunk(out, bytes);
  }
  if (last) append_end(out);
}

}  // namespace smartroute::mock_provider
