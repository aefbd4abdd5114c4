// The durable store: two RocksDB databases and one small file in the state directory.
//
//   config.db/          revisions, metadata and accounts; every write synced (key_layout.hpp)
//   config.high-water   newest acknowledged write, kept outside the database so that lost
//                       writes are noticed (high_water.hpp)
//   config.accept-loss  made by an operator: "open config.db as it is, although acknowledged
//                       writes are missing". Consumed by the next successful open; the numbers
//                       of the lost revisions are never used again
//   logs.db/            request records and health of models; not synced. If it cannot be read it is set aside as
//                       logs.db.damaged-<n>, and a new one begins: logs never keep a gateway
//                       from starting
//
// One process at a time: RocksDB holds a lock on each database; a second opener gets a sentence
// that says so.
//
// Order of one configuration write, and what a crash leaves behind at each point:
//   1. one WriteBatch {record, commit counter + 1}, synced
//        crash before or during: the old state; a torn tail of the log is cut at the next open.
//        commit == mark
//   2. high-water mark raised: temp file, fsync, rename, fsync of the directory
//        crash before or during: the write was not acknowledged but is whole. It is kept, and the
//        mark raised at the next open. commit == mark + 1
//   3. the call returns Ok. commit == mark
// At open, therefore:
//   commit == mark or mark + 1   a good database
//   commit < mark                an acknowledged write is missing (log deleted, directory emptied,
//                                older copy): refused
//   commit > mark + 1, another store id, or a mark that is missing or unreadable beside a written
//                                database: the two do not belong together: refused
// Were 1 and 2 swapped, a crash between them would leave a mark above a good database, which
// could not be told from a lost write.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "contract/base/result.hpp"
#include "controlplane/store/store.hpp"

namespace rocksdb {
class FileSystem;
}

namespace smartroute::store {

struct RocksStoreOptions {
  std::filesystem::path state_dir;  // created (0700) if absent
  // Where files live; null: the operating system's. Tests pass one that fails or loses unsynced
  // bytes.
  std::shared_ptr<rocksdb::FileSystem> file_system;
};

struct OpenedStore {
  std::unique_ptr<Store> store;  // never null
  std::vector<std::string>
      notices;  // what the operator should know: a raised mark, logs set aside, accepted loss
};

// ErrorKind::Storage with a sentence that names the file at fault and what to do about it.
Result<OpenedStore> open_rocks_store(const RocksStoreOptions& options);

}  // namespace smartroute::store
