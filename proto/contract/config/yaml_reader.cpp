#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "contract/config/document.hpp"
#include "contract/config/report.hpp"

namespace smartroute::config {
namespace {

// Leaves the parser from inside an event; never leaves this file.
struct Stop {
  int line;
  std::string what;
};

struct Extent {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
  std::size_t depth = 0;
};

Extent extent_of(const Node& node) {
  Extent sum{1, node.text.size() + node.key.size(), 1};
  for (const auto& child : node.children) {
    const Extent part = extent_of(child);
    sum.nodes += part.nodes;
    sum.bytes += part.bytes;
    sum.depth = std::max(sum.depth, part.depth + 1);
  }
  return sum;
}

struct Frame {
  Node node;
  YAML::anchor_t anchor = YAML::NullAnchor;
  bool has_key = false;  // a key was read, its value comes next
  bool drop = false;     // that value belongs to a repeated key
  std::string key;
  int key_line = 0;
  std::unordered_set<std::string> keys;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Document& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) throw Stop{mark.line + 1, "a key is missing or null; write it in quotes"};
    Node node;
    node.line = mark.line + 1;
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.kind = NodeKind::Scalar;
    node.line = mark.line + 1;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    node.text = value;
    if (!node.quoted && tag != "?" && !tag.empty())
      throw Stop{node.line, "the tag " + shown(tag) + " is not supported"};
    if (expects_key()) {
      if (!node.quoted && value == "<<")
        throw Stop{node.line, "merge keys (<<) are not supported; write the fields out"};
      take_key(std::move(node), anchor);
    } else {
      add(std::move(node), anchor);
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) throw Stop{mark.line + 1, "an alias cannot be a key"};
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) throw Stop{mark.line + 1, "the alias stands inside its own anchor"};
    const Extent extent = extent_of(it->second);
    count(extent, mark.line + 1);
    if (open_.size() + extent.depth > kMaxDocumentDepth) throw Stop{mark.line + 1, kTooDeep};
    Node copy = it->second;
    copy.line = mark.line + 1;
    place(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(NodeKind::List, mark, tag, "tag:yaml.org,2002:seq", anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(NodeKind::Map, mark, tag, "tag:yaml.org,2002:map", anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  static constexpr const char* kTooDeep = "the document is nested deeper than 64 levels";

  bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == NodeKind::Map && !open_.back().has_key;
  }

  void count(const Extent& extent, int line) {
    nodes_ += extent.nodes;
    bytes_ += extent.bytes;
    if (nodes_ > kMaxDocumentNodes)
      throw Stop{line,
                 "the document has more than 100,000 values, aliases counted as often as used"};
    if (bytes_ > kMaxDocumentBytes)
      throw Stop{line,
                 "the document's text is larger than 4 MiB, aliases counted as often as used"};
  }

  void take_key(Node node, YAML::anchor_t anchor) {
    Frame& frame = open_.back();
    count({0, node.text.size(), 0}, node.line);
    if (node.text.size() > kMaxKeyBytes) throw Stop{node.line, "a key is longer than 256 bytes"};
    for (const char c : node.text)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        throw Stop{node.line, "a control character stands in a key"};
    frame.has_key = true;
    frame.key = node.text;
    frame.key_line = node.line;
    frame.drop = !frame.keys.insert(node.text).second;
    if (frame.drop) {
      Problem problem;
      problem.what = "the key " + shown(node.text) + " is written twice";
      problem.line = node.line;
      if (document_.problems.size() < kMaxErrors) document_.problems.push_back(std::move(problem));
    }
    remember(anchor, node);
  }

  void add(Node node, YAML::anchor_t anchor) {
    count({1, node.text.size(), 1}, node.line);
    remember(anchor, node);
    place(std::move(node));
  }

  // Stored copies have a budget of their own: nested anchors would otherwise copy one subtree at
  // every level.
  void remember(YAML::anchor_t anchor, const Node& node) {
    if (anchor == YAML::NullAnchor) return;
    const Extent extent = extent_of(node);
    anchored_nodes_ += extent.nodes;
    anchored_bytes_ += extent.bytes;
    if (anchored_nodes_ > kMaxDocumentNodes || anchored_bytes_ > kMaxDocumentBytes)
      throw Stop{node.line, "anchors hold more than 100,000 values or 4 MiB"};
    anchors_[anchor] = node;
  }

  void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, std::string_view own_tag,
            YAML::anchor_t anchor) {
    if (expects_key()) throw Stop{mark.line + 1, "a key must be text"};
    if (tag != "?" && tag != "!" && !tag.empty() && tag != own_tag)
      throw Stop{mark.line + 1, "the tag " + shown(tag) + " is not supported"};
    count({1, 0, 1}, mark.line + 1);
    if (open_.size() >= kMaxDocumentDepth) throw Stop{mark.line + 1, kTooDeep};
    Frame frame;
    frame.node.kind = kind;
    frame.node.line = mark.line + 1;
    frame.anchor = anchor;
    open_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    remember(frame.anchor, frame.node);
    place(std::move(frame.node));
  }

  void place(Node node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Frame& frame = open_.back();
    if (frame.node.kind == NodeKind::Map) {
      frame.has_key = false;
      if (frame.drop) return;
      node.key = std::move(frame.key);
      node.line = frame.key_line;
    } else {
      node.key.clear();
    }
    frame.node.children.push_back(std::move(node));
  }

  Document& document_;
  std::vector<Frame> open_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0, bytes_ = 0, anchored_nodes_ = 0, anchored_bytes_ = 0;
};

// Only learns that there is more.
class SecondDocument final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    throw Stop{mark.line + 1, "a second document begins here; one document is one configuration"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

Document refused(int line, std::string what) {
  Problem problem;
  problem.line = line;
  problem.what = std::move(what);
  Document document;
  document.problems.push_back(std::move(problem));
  return document;
}

}  // namespace

Document read_yaml(std::string_view text) {
  if (auto problem = refuse_text(text)) return {{}, {std::move(*problem)}};
  // yaml-cpp queues every bracket it sees before it tells of the first, which takes a second for 4
  // MiB of them. Brackets inside texts are counted too: no configuration has a hundred thousand of
  // those either.
  const auto brackets =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; });
  if (static_cast<std::size_t>(brackets) > kMaxDocumentNodes)
    return refused(0, "the document has more than 100,000 brackets");
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Document document;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder(document);
    if (parser.HandleNextDocument(builder)) {
      SecondDocument second;
      parser.HandleNextDocument(second);
    }
  } catch (const Stop& stop) {
    return refused(stop.line, stop.what);
  } catch (const YAML::Exception& e) {
    return refused(e.mark.is_null() ? 0 : e.mark.line + 1, "this is not YAML: " + e.msg);
  } catch (const std::exception&) {
    return refused(0, "this cannot be read as YAML");
  }
  return document;
}

}  // namespace smartroute::config
