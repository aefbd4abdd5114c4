// What browsers say beside the request proper: cookies, who they are, from what site a request was
// made, what they can read and what they have already. Private to this folder. Pure.
#pragma once
#include <string_view>

#include "controlplane/http/message.hpp"

namespace smartroute::control::http {

// Fills cookie, user_agent, sec_fetch_site, csrf, accept, accept_encoding, if_none_match and own_fields. `head` is one that http1::parse_request_head
// has accepted.
void read_browser_fields(std::string_view head, Head& out);

}  // namespace smartroute::control::http
