#include "controlplane/store/log_families.hpp"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <utility>

#include "controlplane/store/log_layout.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::store {
namespace {

constexpr double kFilterBitsPerKey = 10;
constexpr std::size_t kBlockCacheBytes = 64 << 20;
constexpr std::array<const char*, static_cast<std::size_t>(Family::kCount)> kNames{"default", "records", "texts", "bodies", "facets", "rollups"};

// What is on its way to a table file, as parts of the cap.
constexpr std::uint64_t kBufferPart = 64, kFilePart = 128, kWalPart = 16;
constexpr std::uint64_t kLeastBuffer = 1 << 20, kMostBuffer = 16 << 20;
constexpr std::uint64_t kLeastFile = 1 << 20, kMostFile = 32 << 20;
constexpr std::uint64_t kLeastWal = 4 << 20, kMostWal = 64 << 20;
constexpr std::uint64_t kFilesACompaction = 4;

struct Sizes {
  std::uint64_t buffer, file, wal;
};
Sizes sizes_for(std::uint64_t max_bytes) {
  return {std::clamp(max_bytes / kBufferPart, kLeastBuffer, kMostBuffer), std::clamp(max_bytes / kFilePart, kLeastFile, kMostFile),
          std::clamp(max_bytes / kWalPart, kLeastWal, kMostWal)};
}
// The bodies are most of what is written.
std::uint64_t buffer_of(Family family, std::uint64_t buffer) { return family == Family::Bodies ? buffer : std::max(buffer / 2, kLeastBuffer); }

bool below_floor(Family family, const LogFloors& floors, std::string_view key) {
  if (family == Family::Facets) {
    const auto slot = facet_slot(key);
    return slot && slot_last(*slot) < floors.records_us;
  }
  const auto received = row_time(key);
  return received && *received < (family == Family::Records ? floors.records_us.load() : floors.of_bodies());
}

bool outlived(const LogFloors& floors, std::string_view key) {
  const std::int64_t now = floors.now_us;
  if (now == 0) return false;
  const auto over = [now](control::Resolution resolution, std::uint32_t bucket) {
    return (static_cast<std::int64_t>(bucket) + 1) * control::width_of(resolution) + rollups_kept_us(resolution) <= now;
  };
  if (const auto row = decode_rollup_key(key)) return over(row->resolution, row->bucket);
  const auto day = rollup_day(key);
  return day && over(control::Resolution::Day, *day);
}

class Sweeper final : public rocksdb::CompactionFilter {
 public:
  Sweeper(Family family, std::shared_ptr<const LogFloors> floors) : family_(family), floors_(std::move(floors)) {}
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice&, std::string*, bool*) const override {
    const std::string_view bytes = key.ToStringView();
    return family_ == Family::Rollups ? outlived(*floors_, bytes) : below_floor(family_, *floors_, bytes);
  }
  const char* Name() const override { return "smartroute.log_sweeper"; }

 private:
  const Family family_;
  const std::shared_ptr<const LogFloors> floors_;
};

class SweeperFactory final : public rocksdb::CompactionFilterFactory {
 public:
  SweeperFactory(Family family, std::shared_ptr<const LogFloors> floors) : family_(family), floors_(std::move(floors)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<Sweeper>(family_, floors_);
  }
  const char* Name() const override { return "smartroute.log_sweeper_factory"; }

 private:
  const Family family_;
  const std::shared_ptr<const LogFloors> floors_;
};

rocksdb::CompressionType compression_of(Family family) {
  const auto supported = rocksdb::GetSupportedCompressions();
  const auto has = [&](rocksdb::CompressionType type) { return std::count(supported.begin(), supported.end(), type) > 0; };
  // What is searched is unpacked by the million, what is looked up by the piece.
  const bool dense = family == Family::Texts || family == Family::Bodies;
  if (dense && has(rocksdb::kZSTD)) return rocksdb::kZSTD;
  return has(rocksdb::kLZ4Compression) ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

std::size_t block_bytes(Family family) {
  switch (family) {
    case Family::Bodies: return 64 << 10;
    case Family::Texts: return 32 << 10;
    case Family::Records:
    case Family::Facets: return 16 << 10;
    default: return 4 << 10;
  }
}

rocksdb::ColumnFamilyOptions family_options(Family family, const std::shared_ptr<rocksdb::Cache>& cache,
                                            const std::shared_ptr<const LogFloors>& floors, const Sizes& sizes) {
  constexpr std::uint64_t kDaySeconds = 86'400;
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = buffer_of(family, sizes.buffer);
  options.max_write_buffer_number = 3;
  options.compression = compression_of(family);
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  table.block_cache = cache;
  table.block_size = block_bytes(family);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  if (family == Family::Default) return options;
  options.compaction_filter_factory = std::make_shared<SweeperFactory>(family, floors);
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = sizes.file;
  options.max_compaction_bytes = sizes.file * kFilesACompaction;
  // So that series nobody writes to any more (a gone instance, last year's model) are swept too.
  options.periodic_compaction_seconds = family == Family::Facets || family == Family::Rollups ? kDaySeconds : 0;
  return options;
}

rocksdb::DBOptions database_options(rocksdb::Env* env, const Sizes& sizes) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_total_wal_size = sizes.wal;
  options.max_open_files = 512;
  options.allow_fallocate = false;  // room that is taken before it is used would count against the cap
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

}  // namespace

LogFamilies::LogFamilies(std::string path, std::shared_ptr<rocksdb::FileSystem> files)
    : path_(std::move(path)), files_(std::move(files)), floors_(std::make_shared<LogFloors>()), env_(rocksdb::NewCompositeEnv(files_)) {}

LogFamilies::~LogFamilies() {
  for (auto* handle : all_) (void)db_->DestroyColumnFamilyHandle(handle);
}

rocksdb::Status LogFamilies::open() {
  const Sizes sizes = sizes_for(Retention().max_bytes);
  const auto options = database_options(env_.get(), sizes);
  const auto cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < kNames.size(); ++i) families.emplace_back(kNames[i], family_options(static_cast<Family>(i), cache, floors_, sizes));
  std::vector<std::string> there;
  if (rocksdb::DB::ListColumnFamilies(options, path_, &there).ok())
    for (const auto& name : there)
      if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(options, path_, families, &all_, &db);
  if (!status.ok()) return status;
  db_.reset(db);
  std::copy_n(all_.begin(), handles_.size(), handles_.begin());
  fitted_ = Retention().max_bytes;
  return status;
}

void LogFamilies::fit(std::uint64_t max_bytes) {
  if (fitted_.exchange(max_bytes) == max_bytes) return;
  const Sizes sizes = sizes_for(max_bytes);
  (void)db_->SetDBOptions({{"max_total_wal_size", std::to_string(sizes.wal)}});
  for (std::size_t i = 1; i < handles_.size(); ++i)
    (void)db_->SetOptions(handles_[i], {{"write_buffer_size", std::to_string(buffer_of(static_cast<Family>(i), sizes.buffer))},
                                        {"target_file_size_base", std::to_string(sizes.file)},
                                        {"max_compaction_bytes", std::to_string(sizes.file * kFilesACompaction)}});
}

std::uint64_t LogFamilies::bytes_on_disk() const {
  std::vector<std::string> names;
  std::uint64_t total = 0;
  if (!files_->GetChildren(path_, rocksdb::IOOptions(), &names, nullptr).ok()) return 0;
  for (const auto& name : names) {
    std::uint64_t size = 0;  // one that went meanwhile has none
    if (name != "." && name != ".." && files_->GetFileSize(path_ + "/" + name, rocksdb::IOOptions(), &size, nullptr).ok()) total += size;
  }
  return total;
}

std::uint64_t LogFamilies::table_bytes(Family family) const {
  std::uint64_t bytes = 0;
  db_->GetIntProperty((*this)[family], rocksdb::DB::Properties::kLiveSstFilesSize, &bytes);
  return bytes;
}

}  // namespace smartroute::store
