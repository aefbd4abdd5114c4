// The payload of one answer: a JSON document, or a sequence of server-sent events made one at a
// time. No HTTP here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/mock_provider/behaviour.hpp"
#include "tools/mock_provider/chat_request.hpp"
#include "tools/mock_provider/tool_call.hpp"

namespace smartroute::mock_provider {

enum class Shape : std::uint8_t { Plain, Events };

// CLOCK_MONOTONIC, nanoseconds.
std::int64_t monotonic_ns();

// Piece `index` of a sequence: "TAG.MODEL.INDEX" and three letters of two, three and four bytes, so
// that a lost, doubled, swapped or foreign event shows. As JSON, pieces of odd index are spelled in
// ASCII.
void append_piece(std::string& out, std::string_view tag, std::string_view model,
                  std::int64_t index);

// An OpenAI error body.
std::string error_body(int status, std::string_view message);

// The arguments must outlive the answer; `raw_body` and `header_names` are what `echo_request`
// shows.
class Answer {
 public:
  Answer(const ChatRequest& request, const Behaviour& behaviour, std::string_view raw_body,
         std::string_view header_names);

  Shape shape() const noexcept { return shape_; }
  std::string_view content_type() const noexcept { return content_type_; }
  int status() const noexcept { return behaviour_.status; }
  // True when no user text, tool or clock shows in it: the same bytes serve every request for this
  // model.
  bool generic() const noexcept;

  // Shape Plain: the whole document.
  std::string plain() const;
  // Shape Events: appends the next event with its blank line. Not after ended().
  void next_event(std::string& out);
  bool ended() const noexcept { return stage_ == Stage::End; }

 private:
  enum class Stage : std::uint8_t { Role, Content, Error, Finish, Usage, Done, End };

  void plan_content();
  std::string_view piece(std::int64_t index, std::string& scratch);
  void append_delta(std::string& out, std::int64_t index);
  void append_chunk(std::string& out, std::string_view choices);
  void append_usage(std::string& out) const;
  void append_text(std::string& out, std::string_view text, std::int64_t index) const;
  void next_plain_event(std::string& out);
  void advance();
  Stage after_content() const;
  std::string whole_text() const;

  const ChatRequest& request_;
  const Behaviour& behaviour_;
  std::string_view raw_body_;
  std::string_view header_names_;
  Shape shape_ = Shape::Plain;
  std::string_view content_type_ = "application/json";
  std::optional<ToolCall> tool_;
  std::string id_;
  std::string_view tag_;  // of a sequence

  bool filler_ = false;  // numbered filler instead of text_
  std::string text_;
  std::size_t piece_bytes_ = 0;  // 0: one word
  std::int64_t pieces_ = 0;      // -1: endless
  Stage stage_ = Stage::Role;
  std::int64_t index_ = 0;
  std::uint64_t events_ = 0;  // made so far
  std::size_t text_at_ = 0;   // of the next piece
};

}  // namespace smartroute::mock_provider
