// Puts an answer on the wire as HTTP/1.1, in good framing or in the bad one it was told to use.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tools/mock_provider/answer.hpp"

namespace smartroute::mock_provider {

class Wire {
 public:
  // `received_ns` goes into the stamp headers; `header_names` into `x-mock-header-names` of an
  // echo.
  Wire(Answer& answer, const Behaviour& behaviour, std::int64_t received_ns,
       std::string_view header_names);
  ~Wire();

  // Everything up to the blank line, interim responses included.
  std::string head();
  // Appends the next body bytes with their framing: one event, or all of a plain answer. Not after
  // ended().
  void next(std::string& out);
  bool ended() const noexcept { return ended_; }
  // The connection must be closed after the last byte.
  bool closes() const noexcept { return closes_; }

 private:
  enum class Length : std::uint8_t { Declared, Chunked, UntilClose };
  struct Gzip;

  void choose_length();
  std::string whole_payload();
  std::string coded(std::string_view payload, bool last);
  void append_chunk(std::string& out, std::string_view data);
  void append_end(std::string& out);

  Answer& answer_;
  const Behaviour& behaviour_;
  const std::int64_t received_ns_;
  const std::string_view header_names_;
  Length length_ = Length::Declared;
  bool closes_ = false;
  bool ended_ = false;
  std::string whole_;  // body when its length is declared
  std::uint64_t chunks_ = 0;
  std::unique_ptr<Gzip> gzip_;
};

}  // namespace smartroute::mock_provider
