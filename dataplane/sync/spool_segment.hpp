// Batches of records in a file, one behind the other.
//
//   8 bytes   "SRSPOOL" and the version, 1
//   frames    4 bytes  n, the size of the payload
//             4 bytes  CRC-32C of the 4 bytes of n and of the payload
//             n bytes  payload: u32 records, u64 first sequence number, u8 and boot id, u16 and instance id, the field `records` of
//                      v1::ReportRequest on the wire
// Numbers are little-endian. A frame is whole or it is not there: the file may end anywhere in the last one. Nothing is synced: a batch survives the end
// of the process, and not that of the machine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/result.hpp"

namespace smartroute::sync {

struct Batch {
  std::string instance, boot;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;
  std::string records;
};

// Where a batch lies in its file.
struct Frame {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;      // with its head
  std::uint32_t count = 0;     // records
};

inline constexpr std::uint32_t kMaxFrameBytes = 16 * 1024 * 1024;

// Writes a new file (0600).
class SegmentWriter {
 public:
  // ErrorKind::Storage; also when the file exists.
  static Result<SegmentWriter> create(const std::filesystem::path& path);
  SegmentWriter(SegmentWriter&& other) noexcept : fd_(other.fd_), size_(other.size_) { other.fd_ = -1; }
  SegmentWriter& operator=(SegmentWriter&&) = delete;
  ~SegmentWriter();

  // After an error (Storage) the file is as it was before, or ends in a part of a frame; write no more to it.
  Result<Frame> append(const Batch& batch);
  std::uint64_t size() const noexcept { return size_; }

 private:
  SegmentWriter(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  int fd_;
  std::uint64_t size_;
};

// Bytes of its frame.
std::uint64_t frame_size(const Batch& batch) noexcept;

struct SegmentContent {
  std::vector<Frame> frames;
  std::uint64_t damaged = 0;   // frames whose sum is wrong
  std::uint64_t torn = 0;      // bytes at the end that are no frame; they are cut off
};
// Reads a whole file. ErrorKind::Storage: it cannot be read, or is none of these.
Result<SegmentContent> read_segment(const std::filesystem::path& path);
// nullopt: it cannot be read, or its sum is wrong.
std::optional<Batch> read_batch(const std::filesystem::path& path, const Frame& frame);

}  // namespace smartroute::sync
