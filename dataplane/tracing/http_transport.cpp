#include <optional>
#include <utility>

#include "contract/config/base_url.hpp"
#include "dataplane/core/http1/body_reader.hpp"
#include "dataplane/core/http1/response_head.hpp"
#include "dataplane/core/resilience/retry_after.hpp"
#include "dataplane/tracing/connection.hpp"
#include "dataplane/tracing/transport.hpp"
#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"

namespace smartroute::tracing {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 * 1024;
constexpr std::size_t kQuotedBytes = 200;  // of an error's body in the log

struct Answer {
  int status = 0;
  bool keep_alive = false;
  std::optional<std::chrono::milliseconds> wait;
  std::string body;
};

// Words of the collector for a log line: what is not printable is a blank.
std::string quoted(std::string_view text) {
  std::string out(text.substr(0, kQuotedBytes));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
  return out;
}

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(const ExportSettings& settings) : endpoint_{settings.host, settings.port, settings.tls, settings.allow_private} {
    config::BaseUrl url;
    url.tls = settings.tls;
    url.host = settings.host;
    url.port = settings.port;
    head_ = "POST " + settings.path + " HTTP/1.1\r\nHost: " + config::authority(url) +
            "\r\nUser-Agent: smartroute/" SMARTROUTE_VERSION "\r\nContent-Type: application/x-protobuf\r\n";
    for (const auto& [name, value] : settings.headers) {
      head_ += name + ": ";
      head_ += value.reveal();
      head_ += "\r\n";
    }
    head_ += "Content-Length: ";
  }

  Reply send(const std::string& request, std::chrono::milliseconds deadline) override {
    const Deadline end = std::chrono::steady_clock::now() + deadline;
    auto answer = exchange(request, end);
    if (answer) return judge(*answer);
    connection_.reset();
    Reply reply;
    reply.text = answer.error().text();
    return reply;
  }

  void cancel() noexcept override { cancel_.now(); }

 private:
  // A kept connection may have ended meanwhile; then, and only while nothing of an answer has come, a new one is tried.
  Result<Answer> exchange(const std::string& request, Deadline deadline) {
    if (connection_) {
      auto answer = round(request, deadline);
      if (answer || answer.error().kind() != ErrorKind::UpstreamBroke || !received_.empty()) return answer;
    }
    auto connection = connect(endpoint_, deadline, cancel_);
    if (!connection) return tl::unexpected<Error>(std::move(connection.error()));
    connection_ = std::move(*connection);
    return round(request, deadline);
  }

  Result<Answer> round(const std::string& request, Deadline deadline) {
    received_.clear();
    if (auto written = connection_->write(head_ + std::to_string(request.size()) + "\r\n\r\n", deadline); !written)
      return tl::unexpected<Error>(std::move(written.error()));
    if (auto written = connection_->write(request, deadline); !written) return tl::unexpected<Error>(std::move(written.error()));
    for (int interim = 0; interim <= http1::kMaxInterim; ++interim) {
      auto answer = read_answer(deadline);
      if (!answer || answer->status >= 200) return answer;
    }
    return fail(ErrorKind::UpstreamBroke, "too many interim answers");
  }

  Result<Answer> read_answer(Deadline deadline) {
    http1::HeadLimits limits;
    std::size_t end;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (received_.size() > limits.max_bytes) return fail(ErrorKind::UpstreamBroke, "the answer's head is too large");
      auto n = connection_->read(received_, deadline);
      if (!n) return tl::unexpected<Error>(std::move(n.error()));
      if (*n == 0) return fail(ErrorKind::UpstreamBroke, "the connection ended before an answer");
    }
    const std::string text = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    const auto head = http1::parse_response_head(text, limits);
    if (!head) return fail(ErrorKind::UpstreamBroke, "no HTTP answer: " + head.error().text());
    Answer answer;
    answer.status = head->status;
    answer.keep_alive = head->keep_alive;
    if (answer.status < 200) return answer;
    resilience::RetryHeaders asked;
    asked.retry_after = head->retry_after;
    asked.retry_after_ms = head->retry_after_ms;
    answer.wait = resilience::asked_wait(asked, std::chrono::system_clock::now());
    return read_body(*head, std::move(answer), deadline);
  }

  Result<Answer> read_body(const http1::ResponseHead& head, Answer answer, Deadline deadline) {
    http1::BodyReader body(head.body, head.content_length, http1::ChunkedDecoder::Trailers::Skip);
    while (body.state() == http1::BodyReader::State::Open) {
      received_.erase(0, body.feed(received_, [&answer](std::string_view part) { answer.body += part; }));
      if (answer.body.size() > kMaxAnswerBytes) {  // nobody will read it to its end
        answer.keep_alive = false;
        break;
      }
      if (body.state() != http1::BodyReader::State::Open) break;
      auto n = connection_->read(received_, deadline);
      if (!n) return tl::unexpected<Error>(std::move(n.error()));
      if (*n == 0) {
        if (!body.ends_at_eof()) return fail(ErrorKind::UpstreamBroke, "the answer was cut");
        break;
      }
    }
    if (body.state() == http1::BodyReader::State::Bad) return fail(ErrorKind::UpstreamBroke, body.why());
    return answer;
  }

  // OTLP/HTTP: 429, 502, 503 and 504 may pass, other errors will not.
  Reply judge(const Answer& answer) {
    if (!answer.keep_alive || !received_.empty()) connection_.reset();
    Reply reply;
    if (answer.status >= 200 && answer.status < 300) {
      reply.kind = Reply::Kind::Taken;
      opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse response;
      if (response.ParseFromString(answer.body) && response.partial_success().rejected_spans() > 0) {
        reply.rejected = static_cast<std::uint64_t>(response.partial_success().rejected_spans());
        reply.text = quoted(response.partial_success().error_message());
      }
      return reply;
    }
    const int status = answer.status;
    const bool passes = status == 429 || status == 502 || status == 503 || status == 504;
    reply.kind = passes ? Reply::Kind::Again : Reply::Kind::Refused;
    if (passes) reply.wait = answer.wait;
    reply.text = "HTTP status " + std::to_string(status);
    return reply;
  }

  const Endpoint endpoint_;
  std::string head_;
  Cancel cancel_;
  std::unique_ptr<Connection> connection_;
  std::string received_;  // behind what was read of answers
};

}  // namespace

std::unique_ptr<Transport> open_http_transport(const ExportSettings& settings) { return std::make_unique<HttpTransport>(settings); }

std::unique_ptr<Transport> open_transport(const ExportSettings& settings) {
  return settings.protocol == config::OtlpProtocol::Grpc ? open_grpc_transport(settings) : open_http_transport(settings);
}

}  // namespace smartroute::tracing
