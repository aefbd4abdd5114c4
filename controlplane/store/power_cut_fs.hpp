// A file system on which the power fails. Tests only.
//
// Every step that changes files is counted. At a chosen step it either fails once (Fault::OneError:
// a disk that reports an error) or is the last thing that happens (Fault::PowerCut: it and all
// after it fail). lose_unsynced() then leaves in the real directory what a disk may hold after such
// a cut: bytes never synced are gone, or partly there (torn), and names made or changed since the
// last sync of their directory are undone from some point on. Which, is drawn from `random`.
// Nothing is really synced, so a cycle costs milliseconds.
//
// Not modelled: directories (they survive as made), removals (they are final at once), holes and
// reordered sectors.
//
// Thread rule: any thread while in use; lose_unsynced() when nothing is open any more.
#pragma once
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::store {

enum class Fault { None, OneError, PowerCut };

class PowerCutFs final : public rocksdb::FileSystemWrapper {
 public:
  // The fault happens at step `at` (from 1).
  PowerCutFs(Fault fault, std::uint64_t at);

  const char* Name() const override { return "PowerCutFs"; }
  std::uint64_t steps() const;
  void lose_unsynced(SeededRandom& random);

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class Directory;

  // What one file would keep.
  struct Durable {
    std::uint64_t synced = 0;  // bytes from the start
    std::uint64_t written = 0;
  };
  // A change of a directory since its last sync.
  struct NameChange {
    std::string path;                        // the name made, or renamed to
    std::string from;                        // empty: made
    std::optional<std::string> overwritten;  // content that a rename replaced
    Durable overwritten_state;
  };

  // Counts a step; the failure it ends in, if it does.
  rocksdb::IOStatus step();
  // A power cut in the middle of an append leaves a part of it.
  bool is_last_step() const;
  void synced(const std::string& path);
  void written(const std::string& path, std::uint64_t bytes);
  void directory_synced(const std::string& path);

  const Fault fault_;
  const std::uint64_t at_;
  mutable std::mutex mutex_;
  std::uint64_t steps_ = 0;
  std::map<std::string, Durable> files_;
  std::map<std::string, std::vector<NameChange>> changes_;  // by directory
};

}  // namespace smartroute::store
