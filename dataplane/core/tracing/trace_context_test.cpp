#include "dataplane/core/tracing/trace_context.hpp"

#include <gtest/gtest.h>

namespace smartroute::tracing {
namespace {

constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Traceparent, IsReadAsTheStandardWritesIt) {
  const auto parent = parse_traceparent(kGood);
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->high, 0x4bf92f3577b34da6u);
  EXPECT_EQ(parent->low, 0xa3ce929d0e0e4736u);
  EXPECT_EQ(parent->span, 0x00f067aa0ba902b7u);
  EXPECT_TRUE(parent->sampled);
}

TEST(Traceparent, IsTakenOrRefusedRowByRow) {
  struct Row {
    const char* name;
    const char* value;
    bool taken;
    bool sampled = false;
  };
  const Row rows[] = {
      {"not sampled", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true},
      {"other flags do not sample", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe", true},
      {"other flags beside it", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", true, true},
      {"half of the trace id zero", "00-0000000000000000a3ce929d0e0e4736-00f067aa0ba902b7-01", true, true},
      {"a later version", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true, true},
      {"a later version with more", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future", true, true},
      {"a later version with more, not separated", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more", false},
      {"a later version with an empty rest", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-", true, true},
      {"version ff", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"version 00 with more", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false},
      {"version 00 with a blank behind", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ", false},
      {"a blank in front", " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"upper case", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
      {"upper case version", "0A-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"no hex in the trace id", "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", false},
      {"no hex in the span id", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b.-01", false},
      {"no hex in the flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x", false},
      {"all zero trace id", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
      {"all zero span id", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
      {"too short", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", false},
      {"other separators", "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01", false},
      {"two of them", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"nothing", "", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto parent = parse_traceparent(row.value);
    ASSERT_EQ(parent.has_value(), row.taken);
    EXPECT_EQ(parent && parent->sampled, row.sampled);
  }
}

TEST(Traceparent, IsReadAsItIsWritten) {
  SeededRandom random(7);
  for (int i = 0; i < 1000; ++i) {
    const auto ids = begin_trace("", 0.5, random, true);
    const auto span = new_span_id(random);
    std::string header;
    write_traceparent(ids, span, header);
    TraceParent wanted;
    wanted.high = ids.high;
    wanted.low = ids.low;
    wanted.span = span;
    wanted.sampled = ids.sampled;
    EXPECT_EQ(parse_traceparent(header), wanted) << header;
    EXPECT_EQ(header.substr(3, 32), trace_id_text(ids));
    EXPECT_EQ(header.substr(36, 16), span_id_text(span));
  }
}

TEST(Traceparent, IsNotWrittenForARequestWithoutATrace) {
  std::string header;
  write_traceparent({}, 7, header);
  EXPECT_EQ(header, "");
  EXPECT_EQ(trace_id_text({}), "");
  EXPECT_EQ(span_id_text(0), "");
}

TEST(Trace, GoesOnWithTheCallersIdsAndDecision) {
  SeededRandom random(1);
  const auto ids = begin_trace(kGood, 0, random, true);
  EXPECT_EQ(trace_id_text(ids), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(ids.parent, 0x00f067aa0ba902b7u);
  EXPECT_NE(ids.span, 0u);
  EXPECT_NE(ids.span, ids.parent);
  EXPECT_TRUE(ids.sampled) << "the caller's flag wins over the ratio";
  const auto unsampled = begin_trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", 1, random, true);
  EXPECT_FALSE(unsampled.sampled);
}

TEST(Trace, IsAllZeroWhereTracingIsOff) {
  SeededRandom random(1);
  const auto ids = begin_trace(kGood, 1, random, false);
  EXPECT_EQ(ids.high | ids.low | ids.span | ids.parent, 0u);
  EXPECT_FALSE(ids.sampled);
}

TEST(Trace, IsRecordedAsOftenAsAskedAndAlikeEverywhere) {
  constexpr int kTraces = 20'000;
  for (const double ratio : {0.0, 0.1, 0.5, 1.0}) {
    SeededRandom random(42);
    int sampled = 0;
    for (int i = 0; i < kTraces; ++i) {
      const auto ids = begin_trace("broken", ratio, random, true);
      sampled += ids.sampled ? 1 : 0;
      EXPECT_EQ(ids.parent, 0u);
      // The bits above the low 56 have no part in it.
      EXPECT_EQ(ids.sampled, static_cast<double>(ids.low & 0xffffffffffffff) >= (1 - ratio) * 0x1.0p56);
    }
    EXPECT_NEAR(sampled, ratio * kTraces, 0.02 * kTraces) << ratio;
  }
}

TEST(Tracestate, IsPassedOnAsTheStandardAllows) {
  std::string many, too_many;
  for (int i = 0; i < 33; ++i) {
    (i < 32 ? many : too_many) += (i == 0 || i == 32 ? "k" : ",k") + std::to_string(i) + "=v";
  }
  too_many = many + "," + too_many;
  struct Row {
    const char* name;
    std::string value;
    std::optional<std::string> wanted;
  };
  const Row rows[] = {
      {"one", "congo=t61rcWkgMzE", "congo=t61rcWkgMzE"},
      {"two, with blanks", "rojo=00f067aa0ba902b7 ,\tcongo=t61", "rojo=00f067aa0ba902b7,congo=t61"},
      {"empty members", ",, a=1,, b=2,", "a=1,b=2"},
      {"tenant and system", "fw529a3039@dt=FfsSgA", "fw529a3039@dt=FfsSgA"},
      {"a value with blanks inside", "a=x y", "a=x y"},
      {"as many as there may be", many, many},
      {"too many", too_many, std::nullopt},
      {"a key twice", "a=1,a=2", std::nullopt},
      {"an upper-case key", "A=1", std::nullopt},
      {"no value", "a=", std::nullopt},
      {"no equals sign", "a", std::nullopt},
      {"two equals signs", "a=b=c", std::nullopt},
      {"a control character", "a=\x01", std::nullopt},
      {"not ASCII", "a=\xc3\xa9", std::nullopt},
      {"a long key", std::string(257, 'a') + "=1", std::nullopt},
      {"a long value", "a=" + std::string(257, 'v'), std::nullopt},
      {"nothing", "", std::nullopt},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(canonical_tracestate(row.value), row.wanted);
  }
}

}  // namespace
}  // namespace smartroute::tracing
