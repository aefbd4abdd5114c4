#include "dataplane/sync/sync_stream.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "dataplane/sync/channel.hpp"
#include "smartroute/v1/sync.grpc.pb.h"

namespace smartroute::sync {

struct SyncStream::Call {
  Call(const std::string& target, ControlCredentials* credentials)
      : stub(v1::Sync::NewStub(open_channel(target, credentials))) {}
  std::unique_ptr<v1::Sync::Stub> stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::DataPlaneMessage, v1::ControlMessage>> stream;
};

SyncStream::SyncStream(const std::string& target, ControlCredentials* credentials)
    : call_(std::make_unique<Call>(target, credentials)) {}

SyncStream::~SyncStream() = default;

void SyncStream::open() {
  call_->stream = call_->stub->Subscribe(&call_->context);
  const std::lock_guard lock(writing_);
  writable_ = true;
}

bool SyncStream::write(const v1::DataPlaneMessage& message) {
  const std::lock_guard lock(writing_);
  if (writable_) writable_ = call_->stream->Write(message);
  return writable_;
}

bool SyncStream::read(v1::ControlMessage& message) {
  over_ = !call_->stream->Read(&message);
  return !over_;
}

void SyncStream::cancel() { call_->context.TryCancel(); }

std::string SyncStream::close() {
  std::unique_lock lock(writing_, std::try_to_lock);
  // The status could wait behind messages that nobody reads, a writer for a peer that reads none.
  if (!over_ || !lock.owns_lock()) cancel();
  if (!lock.owns_lock()) lock.lock();
  writable_ = false;
  lock.unlock();
  const auto status = call_->stream->Finish();
  return status.ok() ? "the control plane closed the stream" : status.error_message();
}

}  // namespace smartroute::sync
