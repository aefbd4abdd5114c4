// Reads one HTTP/1.1 response as its bytes come, counts the server-sent events in it and checks its
// end.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tools/load_generator/histogram.hpp"

namespace smartroute::load_generator {

enum class ReadState : std::uint8_t { NeedMore, Complete, Broken };
enum class Digest : std::uint8_t { Off, Sha256 };

class ResponseReader {
 public:
  explicit ResponseReader(Digest digest = Digest::Off);
  ~ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;

  // Ready for the next response.
  void reset();
  // Bytes behind the response's end are Broken: nobody asked for them. `event_delay`, when given,
  // gets now minus the stamp ("t", ns) of each event that lies whole in `bytes`.
  ReadState feed(std::string_view bytes, std::int64_t now_ns, Histogram* event_delay = nullptr);
  // The connection ended: Complete for a body that ends that way, Broken otherwise.
  ReadState end();

  bool started() const noexcept { return wire_bytes_ > 0; }
  int status() const noexcept { return status_; }
  bool keep_alive() const noexcept { return keep_alive_; }
  std::uint64_t wire_bytes() const noexcept { return wire_bytes_; }
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  std::uint64_t events() const noexcept { return events_; }
  // The body ended with `data: [DONE]` and a blank line.
  bool done() const noexcept;
  // Lower-case hexadecimal; empty with Digest::Off. After Complete, once.
  std::string sha256();
  // Stamps of the response head, 0 when absent.
  std::int64_t provider_received_ns() const noexcept { return provider_received_ns_; }
  std::int64_t provider_sent_ns() const noexcept { return provider_sent_ns_; }
  const char* problem() const noexcept { return problem_; }

 private:
  enum class Stage : std::uint8_t {
    Head,
    Length,
    ChunkSize,
    ChunkData,
    ChunkEnd,
    Trailer,
    UntilClose,
    Done
  };
  struct Sha;
  static constexpr std::size_t kMaxHeadBytes = 256 * 1024;
  static constexpr std::size_t kTailBytes = 16;

  ReadState broken(const char* why);
  bool read_head(std::string_view& bytes);
  bool parse_head();
  bool read_chunk_line(std::string_view& bytes);
  void take_payload(std::string_view payload, std::int64_t now_ns, Histogram* event_delay);

  Stage stage_ = Stage::Head;
  std::string line_;  // head, or a chunk's size line, or a trailer line
  std::uint64_t left_ = 0;
  int status_ = 0;
  bool keep_alive_ = true;
  bool after_newline_ = false;
  std::uint64_t wire_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t events_ = 0;
  std::array<char, kTailBytes> tail_{};
  std::size_t tail_size_ = 0;
  std::int64_t provider_received_ns_ = 0;
  std::int64_t provider_sent_ns_ = 0;
  const char* problem_ = "";
  std::unique_ptr<Sha> sha_;
};

}  // namespace smartroute::load_generator
