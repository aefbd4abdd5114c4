#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>

#include "dataplane/tracing/connection.hpp"
#include "dataplane/tracing/transport.hpp"
#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"

namespace smartroute::tracing {
namespace {

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

std::string authority_of(const ExportSettings& settings) {
  const bool v6 = settings.host.find(':') != std::string::npos;
  return (v6 ? "[" + settings.host + "]" : settings.host) + ":" + std::to_string(settings.port);
}

// The checked addresses themselves: gRPC looks up no name. A target is of one family; that of the first address is the one to try.
std::string target_of(const outgoing::CheckedAddresses& addresses) {
  const int family = addresses.front().family();
  std::string target = family == AF_INET ? "ipv4:" : "ipv6:";
  for (const auto& address : addresses)
    if (address.family() == family) target += (target.ends_with(':') ? "" : ",") + address.text();
  return target;
}

// The certificates that OpenSSL trusts here; gRPC would look for its own.
std::shared_ptr<grpc::ChannelCredentials> credentials_of(const ExportSettings& settings) {
  if (!settings.tls) return grpc::InsecureChannelCredentials();
  const char* const named = std::getenv("SSL_CERT_FILE");
  grpc::SslCredentialsOptions options;
  for (const char* path : {named != nullptr ? named : "", X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt"}) {
    std::ifstream file(path);
    options.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
    if (!options.pem_root_certs.empty()) break;
  }
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::Channel> open_channel(const ExportSettings& settings, const outgoing::CheckedAddresses& addresses) {
  grpc::ChannelArguments args;
  args.SetString(GRPC_ARG_DEFAULT_AUTHORITY, authority_of(settings));
  if (settings.tls) args.SetSslTargetNameOverride(settings.host);  // whose certificate it must be
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // their pace is the exporter's
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  args.SetUserAgentPrefix("smartroute/" SMARTROUTE_VERSION);
  return grpc::CreateCustomChannel(target_of(addresses), credentials_of(settings), args);
}

// google.rpc.RetryInfo { Duration retry_delay = 1 } among the details (field 3) of google.rpc.Status, which grpc-status-details-bin holds.
std::optional<std::chrono::milliseconds> retry_delay(const std::string& details) {
  using google::protobuf::internal::WireFormatLite;
  const auto message_at = [](const std::string& bytes, int field, const auto& each) {
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
    while (const auto tag = in.ReadTag()) {
      if (tag != WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED)) {
        if (!WireFormatLite::SkipField(&in, tag)) return;
        continue;
      }
      std::uint32_t size = 0;
      std::string part;
      if (!in.ReadVarint32(&size) || !in.ReadString(&part, static_cast<int>(size))) return;
      each(part);
    }
  };
  std::optional<std::chrono::milliseconds> delay;
  message_at(details, 3, [&](const std::string& bytes) {
    google::protobuf::Any any;
    if (!any.ParseFromString(bytes) || !any.type_url().ends_with("/google.rpc.RetryInfo")) return;
    message_at(any.value(), 1, [&](const std::string& value) {
      google::protobuf::Duration duration;
      constexpr std::int64_t kMostSeconds = 86'400;
      if (duration.ParseFromString(value) && duration.seconds() >= 0 && duration.seconds() <= kMostSeconds && duration.nanos() >= 0)
        delay = std::chrono::milliseconds(duration.seconds() * 1'000 + duration.nanos() / 1'000'000);
    });
  });
  return delay;
}

// OTLP/gRPC: which codes may pass. RESOURCE_EXHAUSTED only when the collector says when.
bool may_pass(grpc::StatusCode code, bool told_when) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return told_when;
    default:
      return false;
  }
}

class GrpcTransport final : public Transport {
 public:
  explicit GrpcTransport(const ExportSettings& settings) : settings_(settings) {}
  ~GrpcTransport() override {
    ended_.Shutdown();
    void* tag;
    bool ok;
    while (ended_.Next(&tag, &ok)) {
    }
  }

  Reply send(const std::string& request, std::chrono::milliseconds deadline) override {
    const auto begun = std::chrono::steady_clock::now();
    if (!stub_) {
      const auto addresses = find({settings_.host, settings_.port, settings_.tls, settings_.allow_private}, begun + deadline, stop_);
      if (!addresses) {
        Reply reply;
        reply.text = addresses.error().text();
        return reply;
      }
      stub_.emplace(open_channel(settings_, *addresses));
    }
    deadline -= std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    grpc::ClientContext context;
    context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(deadline.count(), GPR_TIMESPAN)));
    for (const auto& [name, value] : settings_.headers)
      if (!name.ends_with("-bin")) context.AddMetadata(name, std::string(value.reveal()));
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_) return {};
      call_ = &context;
    }
    grpc::ByteBuffer answer;
    const auto status = call(context, request, answer);
    {
      const std::lock_guard lock(mutex_);
      call_ = nullptr;
    }
    // The collector may have moved: the next attempt looks its name up again.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) stub_.reset();
    return judge(status, answer);
  }

  void cancel() noexcept override {
    stop_.now();
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (call_ != nullptr) call_->TryCancel();
  }

 private:
  // A unary call of bytes: the spans are encoded already.
  grpc::Status call(grpc::ClientContext& context, const std::string& request, grpc::ByteBuffer& answer) {
    const grpc::Slice slice(request);
    grpc::Status status;
    const auto rpc = stub_->PrepareUnaryCall(&context, kExport, grpc::ByteBuffer(&slice, 1), &ended_);
    rpc->StartCall();
    rpc->Finish(&answer, &status, nullptr);
    void* tag;
    bool ok;
    ended_.Next(&tag, &ok);
    return status;
  }

  static Reply judge(const grpc::Status& status, grpc::ByteBuffer& answer) {
    Reply reply;
    if (!status.ok()) {
      reply.wait = retry_delay(status.error_details());
      reply.kind = may_pass(status.error_code(), reply.wait.has_value()) ? Reply::Kind::Again : Reply::Kind::Refused;
      reply.text = "gRPC status " + std::to_string(status.error_code()) + ": " + status.error_message();
      return reply;
    }
    reply.kind = Reply::Kind::Taken;
    opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse response;
    grpc::Slice whole;
    if (answer.DumpToSingleSlice(&whole).ok() && response.ParseFromArray(whole.begin(), static_cast<int>(whole.size())) &&
        response.partial_success().rejected_spans() > 0) {
      reply.rejected = static_cast<std::uint64_t>(response.partial_success().rejected_spans());
      reply.text = response.partial_success().error_message();
    }
    return reply;
  }

  const ExportSettings settings_;
  Cancel stop_;
  std::optional<grpc::GenericStub> stub_;
  grpc::CompletionQueue ended_;
  std::mutex mutex_;
  bool cancelled_ = false;
  grpc::ClientContext* call_ = nullptr;
};

}  // namespace

std::unique_ptr<Transport> open_grpc_transport(const ExportSettings& settings) { return std::make_unique<GrpcTransport>(settings); }

}  // namespace smartroute::tracing
