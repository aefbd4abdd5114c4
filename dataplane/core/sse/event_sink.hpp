// Who reads along with a stream: told of each event that is released.
#pragma once
#include <string_view>

namespace smartroute::sse {

class EventSink {
 public:
  // `data` is one whole, well-formed JSON object, good during the call. `may_repeat`: it has one text (content, reasoning or refusal) that the ones behind
  // it may differ by. True if text() will do for those; else each comes whole. Always false without `may_repeat`.
  virtual bool event(std::string_view data, bool may_repeat) = 0;
  // An event like the last one that was true for, with its text replaced by `spelled`: the inside of a JSON string, valid, not empty.
  virtual void text(std::string_view spelled) = 0;

 protected:
  ~EventSink() = default;
};

}  // namespace smartroute::sse
