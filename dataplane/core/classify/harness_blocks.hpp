// What coding agents and editors put around a person's words: reminders, the state of the workspace, output of commands, attached
// files. It is for the model; it says nothing about how hard the ask is.
#pragma once
#include <string>

namespace smartroute::classify {

// Takes harness blocks out of a user message, in place. `<system-reminder>...</system-reminder>` and its like go with all they hold;
// where the message marks the person's own words (`<user_query>`, `<userRequest>`), only those stay. Tags that no harness uses, and
// blocks that are never closed, are left alone. What stays is trimmed. Linear in the text's size.
void strip_harness_blocks(std::string& text);

}  // namespace smartroute::classify
