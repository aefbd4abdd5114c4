// For tests: a control plane of two services behind a real gRPC server, told what to do and asked
// what it saw. Every wait ends after kPatience at the latest, as a test failure.
#pragma once
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "smartroute/v1/sync.grpc.pb.h"
#include "smartroute/v1/telemetry.grpc.pb.h"

namespace smartroute::sync {

inline constexpr std::chrono::seconds kPatience{30};

class FakeControlPlane final : private v1::Sync::Service, private v1::Telemetry::Service {
 public:
  explicit FakeControlPlane(std::string target) : target_(std::move(target)) {}
  ~FakeControlPlane() override { stop(); }

  void start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(target_, grpc::InsecureServerCredentials());
    builder.SetMaxReceiveMessageSize(16 * 1024 * 1024);
    builder.SetMaxSendMessageSize(16 * 1024 * 1024);
    // The window stays small though the line is fast: who does not read is soon full.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    builder.RegisterService(static_cast<v1::Sync::Service*>(this));
    builder.RegisterService(static_cast<v1::Telemetry::Service*>(this));
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr) << target_;
  }
  // As a killed process: streams break.
  void stop() {
    if (!server_) return;
    {
      const std::lock_guard lock(mutex_);
      held_ = deaf_ = false;
      changed_.notify_all();
    }
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }

  // Sync.
  // ------------------------------------------------------------------------------------------------------------------
  // The next Hello, in the order of streams.
  v1::Hello next_hello() { return next(hellos_); }
  // The next Ack or Nack.
  v1::DataPlaneMessage next_answer() { return next(answers_); }
  // The next HealthReport.
  v1::HealthReport next_health() { return next(healths_); }
  bool send(const v1::ControlMessage& message) {
    const std::lock_guard lock(mutex_);
    return stream_ != nullptr && stream_->Write(message);
  }
  bool push(v1::ConfigPush push) {
    v1::ControlMessage message;
    *message.mutable_config() = std::move(push);
    return send(message);
  }
  bool push_scores(v1::ScorePush scores) {
    v1::ControlMessage message;
    *message.mutable_scores() = std::move(scores);
    return send(message);
  }
  // Reads the Hello of each stream and nothing more, until stop().
  void be_deaf() {
    const std::lock_guard lock(mutex_);
    deaf_ = true;
  }
  // Ends the open stream from this side.
  void cut_stream() {
    const std::lock_guard lock(mutex_);
    if (stream_context_ != nullptr) stream_context_->TryCancel();
  }
  bool has_answer() {
    const std::lock_guard lock(mutex_);
    return !answers_.empty();
  }

  // Telemetry.
  // -------------------------------------------------------------------------------------------------------------
  enum class Reply { Store, Fail, StoreAndFail, Refuse, Hold };
  // What to do with the next reports; Store when the script has run out. Hold: no answer until
  // stop().
  void script(std::deque<Reply> replies) {
    const std::lock_guard lock(mutex_);
    replies_ = std::move(replies);
  }
  // Batches were refused on purpose.
  void allow_gaps() { gaps_allowed_ = true; }
  // Waits until so many records are stored.
  void await_stored(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return stored_.size() >= count; }))
        << stored_.size() << " of " << count;
  }
  void await_reports(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return reports_.size() >= count; }))
        << reports_.size() << " of " << count;
  }
  std::vector<v1::ReportRequest> reports() {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  // Records of each start in the order of their numbers, each once.
  std::vector<v1::RequestRecord> stored() {
    const std::lock_guard lock(mutex_);
    return stored_;
  }

 private:
  using Stream = grpc::ServerReaderWriter<v1::ControlMessage, v1::DataPlaneMessage>;

  grpc::Status Subscribe(grpc::ServerContext* context, Stream* stream) override {
    v1::DataPlaneMessage message;
    while (stream->Read(&message)) {
      std::unique_lock lock(mutex_);
      if (message.has_hello()) {
        stream_ = stream;
        stream_context_ = context;
        hellos_.push_back(message.hello());
      } else if (message.has_health()) {
        healths_.push_back(message.health());
      } else {
        answers_.push_back(message);
      }
      changed_.notify_all();
      changed_.wait_for(lock, kPatience, [&] { return !deaf_; });
    }
    const std::lock_guard lock(mutex_);
    if (stream_ == stream) stream_ = nullptr;
    if (stream_context_ == context) stream_context_ = nullptr;
    return grpc::Status::OK;
  }

  grpc::Status Report(grpc::ServerContext*, const v1::ReportRequest* request,
                      v1::ReportResponse* response) override {
    std::unique_lock lock(mutex_);
    reports_.push_back(*request);
    auto reply = Reply::Store;
    if (!replies_.empty()) {
      reply = replies_.front();
      replies_.pop_front();
    }
    if (reply == Reply::Hold) held_ = true;
    if (reply == Reply::Store || reply == Reply::StoreAndFail) store(*request);
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [&] { return !held_; });
    if (reply == Reply::Refuse) return {grpc::StatusCode::INVALID_ARGUMENT, "never"};
    if (reply != Reply::Store) return {grpc::StatusCode::UNAVAILABLE, "not now"};
    response->set_stored(static_cast<std::uint64_t>(request->records_size()));
    return grpc::Status::OK;
  }

  void store(const v1::ReportRequest& request) {
    if (request.records().empty()) return;
    std::uint64_t& next = next_sequence_.try_emplace(request.boot_id(), 1).first->second;
    if (request.first_sequence() < next) return;  // stored before
    if (!gaps_allowed_) {
      EXPECT_EQ(request.first_sequence(), next) << "a gap";
    }
    next = request.first_sequence() + static_cast<std::uint64_t>(request.records_size());
    stored_.insert(stored_.end(), request.records().begin(), request.records().end());
  }

  template <class T>
  T next(std::deque<T>& queue) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return !queue.empty(); })) {
      ADD_FAILURE() << "nothing came";
      return T();
    }
    auto first = std::move(queue.front());
    queue.pop_front();
    return first;
  }

  const std::string target_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Stream* stream_ = nullptr;
  grpc::ServerContext* stream_context_ = nullptr;
  std::deque<v1::Hello> hellos_;
  std::deque<v1::DataPlaneMessage> answers_;
  std::deque<v1::HealthReport> healths_;
  std::deque<Reply> replies_;
  std::vector<v1::ReportRequest> reports_;
  std::vector<v1::RequestRecord> stored_;
  std::map<std::string, std::uint64_t> next_sequence_;  // by boot id
  bool gaps_allowed_ = false;
  bool held_ = false, deaf_ = false;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace smartroute::sync
