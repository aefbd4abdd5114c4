// One stream to the control plane, from its opening to its end.
#pragma once
#include <memory>
#include <mutex>
#include <string>

namespace smartroute::v1 {
class ControlMessage;
class DataPlaneMessage;
}  // namespace smartroute::v1

namespace smartroute::sync {

class ControlCredentials;

// Thread rule: open(), read() and close() by one thread, in this order; write() and cancel() by
// any.
// Once cancelled, every call that blocks returns at once, and none blocks any more.
class SyncStream {
 public:
  // A channel of its own, so that the pace of reconnecting is the caller's and not the channel's.
  // `credentials` as for open_channel().
  explicit SyncStream(const std::string& target, ControlCredentials* credentials = nullptr);
  ~SyncStream();
  SyncStream(const SyncStream&) = delete;
  SyncStream& operator=(const SyncStream&) = delete;

  // Begins; whether anybody answers shows at the first write.
  void open();
  // False: the stream is over, or was never opened, and nothing was sent. Blocks while the peer
  // does not read, and while another thread writes: gRPC takes one message at a time.
  bool write(const v1::DataPlaneMessage& message);
  // False: no message will come any more.
  bool read(v1::ControlMessage& message);
  void cancel();

  // Ends it, if it has not ended, and says why it has.
  std::string close();

 private:
  struct Call;  // gRPC's
  const std::unique_ptr<Call> call_;
  std::mutex writing_;
  bool writable_ = false;  // guarded by it
  bool over_ = false;      // read() said so
};

}  // namespace smartroute::sync
