#include "dataplane/sync/background_thread.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace smartroute::sync {

void enter_background(const char* name, Weight weight) noexcept {
  const int nice = weight == Weight::Third ? 5 : 10;      // weights of 335 and 110 against a worker's 1,024
  pthread_setname_np(pthread_self(), name);
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);     // of this thread alone, on Linux
}

}  // namespace smartroute::sync
