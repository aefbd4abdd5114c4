#include "dataplane/ops/record_facts.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::ops {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::internal::WireFormatLite;

// Calls visit(field, number, bytes) for every varint (bytes empty) and every length-delimited field, until it returns false.
template <class Visit>
void each_field(std::string_view message, Visit visit) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size()));
  while (const auto tag = in.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT: {
        std::uint64_t value = 0;
        if (!in.ReadVarint64(&value) || !visit(field, value, std::string_view())) return;
        break;
      }
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        std::uint32_t size = 0;
        if (!in.ReadVarint32(&size)) return;
        const auto begin = static_cast<std::size_t>(in.CurrentPosition());
        if (size > message.size() - begin || !visit(field, 0, message.substr(begin, size))) return;
        if (!in.Skip(static_cast<int>(size))) return;
        break;
      }
      default:
        if (!WireFormatLite::SkipField(&in, tag)) return;
    }
  }
}

std::string_view model_of(std::string_view attempt) {
  std::string_view model;
  each_field(attempt, [&model](int field, std::uint64_t, std::string_view bytes) {
    if (field == v1::AttemptRecord::kModelFieldNumber) model = bytes;
    return true;
  });
  return model;
}

}  // namespace

RecordFacts facts_of(std::string_view record) {
  using R = v1::RequestRecord;
  RecordFacts facts;
  each_field(record, [&facts](int field, std::uint64_t number, std::string_view bytes) {
    if (field == R::kFirstByteUsFieldNumber) facts.first_byte_us = static_cast<std::int64_t>(number);
    if (field == R::kCompletedUsFieldNumber) facts.completed_us = static_cast<std::int64_t>(number);
    if (field == R::kStreamingFieldNumber) facts.streaming = number != 0;
    if (field == R::kRequestedModelFieldNumber) facts.requested_model = bytes;
    if (field == R::kModeFieldNumber) facts.mode = bytes;
    if (field == R::kEndingFieldNumber) facts.ending = bytes;
    if (field == R::kAttemptsFieldNumber && facts.first_tried.empty()) facts.first_tried = model_of(bytes);
    return true;
  });
  return facts;
}

}  // namespace smartroute::ops
