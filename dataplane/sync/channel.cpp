#include "dataplane/sync/channel.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "dataplane/sync/control_credentials.hpp"

namespace smartroute::sync {
namespace {

std::shared_ptr<grpc::ChannelCredentials> tls_with(const certificates::Credentials& credentials) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = credentials.authorities;
  options.pem_cert_chain = credentials.chain;
  options.pem_private_key = std::string(credentials.key.reveal());
  return grpc::SslCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::Channel> open_channel(const std::string& target, ControlCredentials* credentials) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA,
              0);  // the default of 2 would silence the pings of an idle stream
  args.SetMaxReceiveMessageSize(kMaxMessageBytes);
  args.SetMaxSendMessageSize(kMaxMessageBytes);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL,
              1);  // a flood of records must not share the stream's connection
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // retries and their pace are the callers' own
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
              5'000);  // despite its name: the time one connection attempt may take
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  if (credentials == nullptr)
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), args);
  if (!credentials->name().empty()) args.SetSslTargetNameOverride(credentials->name());
  return grpc::CreateCustomChannel(target, tls_with(*credentials->current()), args);
}

}  // namespace smartroute::sync
