// Requests that are answered without a script: model lists, the admin paths, refusals.
#pragma once
#include <string>

#include "tools/mock_provider/http_request.hpp"
#include "tools/mock_provider/state.hpp"

namespace smartroute::mock_provider {

struct PlainReply {
  int status = 200;
  std::string body;  // JSON
};

bool is_chat_path(std::string_view target);
bool is_admin_path(std::string_view target);

// Anything but a chat request.
PlainReply serve_plain(const HttpRequest& request, Shared& shared);

// Head and body in one string.
std::string to_wire(const PlainReply& reply);

}  // namespace smartroute::mock_provider
