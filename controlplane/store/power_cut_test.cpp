// Power loss and disk errors at every single step of a store's life: opening, writing revisions,
// closing, opening again.
#include <gtest/gtest.h>

#include "controlplane/store/power_cut_fs.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

constexpr std::uint64_t kRevisionsEachLife = 4;

std::string content(std::uint64_t number, std::uint64_t life) {
  return "content " + std::to_string(number) + " of life " + std::to_string(life) +
         std::string(300, '.');
}

// What a client was told.
struct Promise {
  std::vector<std::string> revisions;   // acknowledged content, by number - 1
  std::optional<std::string> in_doubt;  // of the one write that ended in an error
  std::optional<std::string> meta;
};

StoredRevision next_revision(const Store& store, std::uint64_t life) {
  StoredRevision revision;
  revision.head.base = store.newest();
  revision.head.number = store.next_number();
  revision.head.fingerprint = "f" + std::to_string(revision.head.number.number);
  revision.config = content(revision.head.number.number, life);
  return revision;
}

// Opens and writes until done or until something fails. Errors are expected; broken promises are
// not.
void live(const std::filesystem::path& dir, std::shared_ptr<PowerCutFs> files, std::uint64_t life,
          Promise& promise) {
  auto opened = open_rocks_store({dir, std::move(files)});
  if (!opened) return;
  Store& store = *opened->store;
  for (std::uint64_t i = 0; i < kRevisionsEachLife; ++i) {
    const StoredRevision revision = next_revision(store, life);
    if (store.append_revision(revision)) {
      promise.revisions.resize(revision.head.number.number);
      promise.revisions.back() = revision.config;
      promise.in_doubt.reset();
      continue;
    }
    promise.in_doubt = revision.config;
    EXPECT_TRUE(store.read_only_reason());
    EXPECT_FALSE(store.append_revision(next_revision(store, life)))
        << "a write was taken after one had failed";
    EXPECT_FALSE(store.put_meta("m", "x"));
    EXPECT_EQ(store.newest().number, promise.revisions.size());
    return;
  }
  const std::string value = "life " + std::to_string(life);
  if (store.put_meta("m", value)) promise.meta = value;
}

// The store must open, and hold all that was promised and at most the one write in doubt besides.
void check(const std::filesystem::path& dir, Promise& promise) {
  auto opened = open_rocks_store({dir, std::make_shared<PowerCutFs>(Fault::None, 0)});
  ASSERT_TRUE(opened) << opened.error().text();
  const Store& store = *opened->store;
  const std::uint64_t newest = store.newest().number;
  ASSERT_GE(newest, promise.revisions.size());
  ASSERT_LE(newest, promise.revisions.size() + (promise.in_doubt ? 1 : 0));
  for (std::uint64_t n = 1; n <= promise.revisions.size(); ++n) {
    const auto revision = store.revision(Revision{n});
    ASSERT_TRUE(revision) << revision.error().text();
    ASSERT_EQ(revision->config, promise.revisions[n - 1]);
  }
  if (newest > promise.revisions.size()) {
    EXPECT_EQ(store.revision(Revision{newest})->config, *promise.in_doubt);
    promise.revisions.push_back(*promise.in_doubt);
  }
  promise.in_doubt.reset();
  if (promise.meta) {
    EXPECT_TRUE(store.meta("m")->has_value());
  }
}

class DiskFault : public testing::TestWithParam<Fault> {};

TEST_P(DiskFault, AtAnyStepBreaksNoPromise) {
  const TestDir root;
  std::uint64_t cycles = 0, faults = 0;
  const std::uint64_t seeds =
      GetParam() == Fault::PowerCut ? 2 : 1;  // an error leaves nothing to chance
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    for (std::uint64_t at = 1;; ++at, ++cycles) {
      SCOPED_TRACE("fault at step " + std::to_string(at) + ", seed " + std::to_string(seed));
      const auto dir = root.path() / (std::to_string(seed) + "-" + std::to_string(at));
      SeededRandom random(seed * 1'000'003 + at);
      Promise promise;
      // An undisturbed life, so that the faulty one also has something to lose.
      if (at % 2 == 0) live(dir, std::make_shared<PowerCutFs>(Fault::None, 0), 0, promise);
      const auto files = std::make_shared<PowerCutFs>(GetParam(), at);
      live(dir, files, 1, promise);
      if (GetParam() == Fault::PowerCut) files->lose_unsynced(random);
      check(dir, promise);
      if (HasFatalFailure() || HasFailure()) return;
      std::filesystem::remove_all(dir);
      if (files->steps() >= at) ++faults;
      if (files->steps() + 20 < at) break;  // both kinds of life end before this step
    }
  }
  EXPECT_GT(faults, 75 * seeds);
  RecordProperty("cycles", static_cast<int>(cycles));
}

INSTANTIATE_TEST_SUITE_P(Kinds, DiskFault, testing::Values(Fault::PowerCut, Fault::OneError),
                         [](const auto& row) {
                           return row.param == Fault::PowerCut ? "PowerCut" : "OneError";
                         });

// The model loses what it says it loses; otherwise the test above could not fail.
TEST(PowerCutFs, LosesUnsyncedBytesAndNames) {
  const TestDir dir;
  PowerCutFs files(Fault::None, 0);
  const rocksdb::IOOptions io;
  const auto write = [&](const std::string& name, bool sync, bool sync_name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    ASSERT_TRUE(files.NewWritableFile((dir.path() / name).string(), {}, &file, nullptr).ok());
    ASSERT_TRUE(file->Append("first", io, nullptr).ok());
    if (sync) {
      ASSERT_TRUE(file->Fsync(io, nullptr).ok());
    }
    ASSERT_TRUE(file->Append("second", io, nullptr).ok());
    ASSERT_TRUE(file->Close(io, nullptr).ok());
    std::unique_ptr<rocksdb::FSDirectory> directory;
    ASSERT_TRUE(files.NewDirectory(dir.path().string(), io, &directory, nullptr).ok());
    if (sync_name) {
      ASSERT_TRUE(directory->Fsync(io, nullptr).ok());
    }
  };
  write("synced", true, true);
  write("unsynced", false, true);
  write("nameless", true, false);
  SeededRandom random(4);  // draws "keep no name" and "no torn tail"
  files.lose_unsynced(random);
  EXPECT_EQ(contents(dir.path() / "synced").substr(0, 5), "first");
  EXPECT_LT(contents(dir.path() / "synced").size(), 11u);
  EXPECT_LT(contents(dir.path() / "unsynced").size(), 11u);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "nameless"));
}

}  // namespace
}  // namespace smartroute::store
