#include "dataplane/net/interrupt.hpp"

#include "dataplane/net/event.hpp"
#include "dataplane/net/stream.hpp"

namespace smartroute::net {

void Interrupt::cut(Cut why) {
  // A client that leaves in the moment in which an attempt's time is over has still left: clear_attempt() must not forget it.
  if (why_ == Cut::None || (ends_attempt_only(why_) && !ends_attempt_only(why))) {
    why_ = why;
    if (observer_ != nullptr) observer_(context_, why);
  }
  if (upstream_ != nullptr) upstream_->cancel();
  if (client_ != nullptr) client_->cancel();
  if (event_ != nullptr) event_->set();
}

void Interrupt::on_nudge() {
  if (upstream_ != nullptr) upstream_->cancel();
}

}  // namespace smartroute::net
