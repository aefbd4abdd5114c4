// How row 7 ends, in words: for the record, for the model's health, for the client.
#pragma once
#include <string>
#include <string_view>

#include "contract/base/error.hpp"
#include "dataplane/net/interrupt.hpp"
#include "dataplane/proxy/exchange.hpp"

namespace smartroute::proxy {

// The request is not needed any more: neither its memory nor its share of what all bodies may take.
void release_request(Exchange& x);

void end_as(Exchange& x, accounting::Ending ending, std::string why = {});
// A wait or a write was cut: whose doing was it?
accounting::Ending ending_of(net::Cut cut) noexcept;
// What was to be sent could not be: the client has gone, or stalled. Closes the connection.
void client_left(Exchange& x);

// Whose fault it was, as records say it. Static.
std::string_view label_of(Origin fault) noexcept;
// What the client is told of an answer that broke off.
Error break_error(net::Cut cut);
// The answer broke off: the attempt's trace says how, and what was the model's doing counts against it.
void note_break(Exchange& x, net::Cut cut, std::string_view why);

}  // namespace smartroute::proxy
