#include "controlplane/admin/convert.hpp"

namespace smartroute::control::admin {
namespace {

std::int64_t millis(WallTime t) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

}  // namespace

rpc::Revision to_message(const RevisionHead& head) {
  rpc::Revision message;
  message.set_number(head.number.number);
  message.set_author(head.author);
  message.set_note(head.note);
  message.set_fingerprint(head.fingerprint);
  message.set_created_at_ms(head.created_at_ms);
  message.set_base(head.base.number);
  message.set_rollback_of(head.rollback_of.number);
  return message;
}

v1::Problem to_message(const config::Problem& problem) {
  v1::Problem message;
  message.set_path(problem.path);
  message.set_what(problem.what);
  message.set_nearest(problem.nearest);
  message.set_file(problem.file);
  message.set_line(problem.line);
  message.set_severity(problem.severity == config::Severity::Warning ? v1::Problem::SEVERITY_WARNING
                                                                     : v1::Problem::SEVERITY_ERROR);
  return message;
}

rpc::Instance to_message(const InstanceStatus& instance, Revision newest) {
  rpc::Instance message;
  message.set_instance_id(instance.hello.instance.str());
  message.set_version(instance.hello.version);
  message.set_hostname(instance.hello.hostname);
  message.set_listen(instance.hello.listen);
  message.set_connected(instance.connected);
  message.set_applied_revision(instance.applied.number);
  message.set_rejected_revision(instance.rejected.number);
  if (instance.applied > newest) {
    auto* behind = message.add_problems();
    behind->set_what("the control plane is behind this instance: revision " +
                     std::to_string(instance.applied.number) + " > " +
                     std::to_string(newest.number) +
                     ". It lost revisions or was restored from an older copy; nothing is pushed to "
                     "the instance until the numbers here have caught up");
    behind->set_severity(v1::Problem::SEVERITY_ERROR);
  }
  add_problems(instance.problems, message.mutable_problems());
  message.set_connected_at_ms(millis(instance.connected_at));
  message.set_last_seen_ms(millis(instance.last_seen));
  return message;
}

}  // namespace smartroute::control::admin
