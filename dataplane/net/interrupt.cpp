#include "dataplane/net/interrupt.hpp"

#include "dataplane/net/event.hpp"
#include "dataplane/net/stream.hpp"

namespace smartroute::net {

void Interrupt::cut(Cut why) {
  if (why_ == Cut::None) {
    why_ = why;
    if (observer_ != nullptr) observer_(context_, why);
  }
  if (upstream_ != nullptr) upstream_->cancel();
  if (client_ != nullptr) client_->cancel();
  if (event_ != nullptr) event_->set();
}

}  // namespace smartroute::net
