#include "dataplane/sync/background_thread.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace smartroute::sync {

void enter_background(const char* name) noexcept {
  constexpr int kNice = 10;
  pthread_setname_np(pthread_self(), name);
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);     // of this thread alone, on Linux
}

}  // namespace smartroute::sync
