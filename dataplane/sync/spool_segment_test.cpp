#include "dataplane/sync/spool_segment.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "dataplane/sync/temporary_directory.hpp"

namespace smartroute::sync {
namespace {

class SegmentTest : public testing::Test {
 protected:
  Batch batch(std::uint64_t number) const {
    return {"proxy-1", "boot", number, static_cast<std::uint32_t>(number + 1), "records " + std::to_string(number) + std::string(number * 3, 'r')};
  }
  std::string three_batches() const {
    const auto path = directory_.path() / "made.seg";
    {
      auto writer = SegmentWriter::create(path);
      EXPECT_TRUE(writer);
      for (std::uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(writer->append(batch(i)));
    }
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const { std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes; }
  // Which of the three can be read; what can be is exactly what was written.
  std::string readable() const {
    std::string which;
    auto content = read_segment(path_);
    if (!content) return "error";
    for (const Frame& frame : content->frames) {
      const auto found = read_batch(path_, frame);
      if (!found) {
        ADD_FAILURE() << "a frame that was good";
        continue;
      }
      const Batch expected = batch(found->first_sequence);
      EXPECT_EQ(found->records, expected.records);
      EXPECT_EQ(found->instance, expected.instance);
      EXPECT_EQ(found->boot, expected.boot);
      EXPECT_EQ(found->count, expected.count);
      EXPECT_EQ(frame.count, expected.count);
      which += static_cast<char>('0' + found->first_sequence);
    }
    return which;
  }

  TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "read.seg";
};

TEST_F(SegmentTest, GivesBackWhatWentIn) {
  put(three_batches());
  EXPECT_EQ(readable(), "012");
  EXPECT_EQ(read_segment(path_)->torn, 0u);
}

TEST_F(SegmentTest, IsPrivateAndNeverReplaced) {
  ASSERT_TRUE(SegmentWriter::create(path_));
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_FALSE(SegmentWriter::create(path_));
}

TEST_F(SegmentTest, CutAnywhereItHoldsWhatCameBefore) {
  const std::string whole = three_batches();
  const std::uint64_t ends[] = {8 + frame_size(batch(0)), 8 + frame_size(batch(0)) + frame_size(batch(1)), whole.size()};
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    put(whole.substr(0, size));
    std::string expected;
    for (std::size_t i = 0; i < 3; ++i)
      if (size >= ends[i]) expected += static_cast<char>('0' + i);
    const auto content = read_segment(path_);
    ASSERT_TRUE(content) << size;
    const std::uint64_t good = expected.empty() ? (size < 8 ? 0 : 8) : ends[expected.size() - 1];
    EXPECT_EQ(content->torn, size - good) << size;
    EXPECT_EQ(readable(), expected) << size;
    if (size >= 8) {
      EXPECT_EQ(std::filesystem::file_size(path_), good) << "the torn end is cut off";
    }
  }
}

TEST_F(SegmentTest, AFlippedBitCostsItsFrameAtMostAllBehindIt) {
  const std::string whole = three_batches();
  const std::uint64_t first_end = 8 + frame_size(batch(0)), second_end = first_end + frame_size(batch(1));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int bit : {0, 3, 7}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
      put(bytes);
      const std::string found = readable();
      if (at < 8) {
        EXPECT_EQ(found, "error") << at;
        continue;
      }
      const int hit = at < first_end ? 0 : at < second_end ? 1 : 2;
      const std::uint64_t begin = hit == 0 ? 8 : hit == 1 ? first_end : second_end;
      std::string others = "012";
      others.erase(static_cast<std::size_t>(hit), 1);
      const std::string before = std::string("012").substr(0, static_cast<std::size_t>(hit));
      if (at - begin < 4) {
        EXPECT_TRUE(found == others || found == before) << "a length: " << at << " " << found;
      } else {
        EXPECT_EQ(found, others) << at;
      }
    }
}

TEST_F(SegmentTest, RefusesWhatIsNoneOfItsFiles) {
  put("something else entirely, and long enough");
  EXPECT_FALSE(read_segment(path_));
  EXPECT_FALSE(read_segment(directory_.path() / "missing.seg"));
  EXPECT_FALSE(read_segment(directory_.path()));
  EXPECT_FALSE(read_batch(directory_.path() / "missing.seg", {}));
}

TEST_F(SegmentTest, ADiskWithoutRoomLeavesWhatWasWritten) {
  // The file may not grow beyond its first batch; SIGXFSZ is not wanted, so a full device stands in: every write to it fails.
  const auto full = SegmentWriter::create("/dev/full");
  EXPECT_FALSE(full) << "it exists";
  auto writer = SegmentWriter::create(path_);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(batch(1)));
  Batch huge = batch(2);
  huge.records.assign(kMaxFrameBytes, 'x');
  EXPECT_FALSE(writer->append(huge));
  EXPECT_EQ(readable(), "1");
}

}  // namespace
}  // namespace smartroute::sync
