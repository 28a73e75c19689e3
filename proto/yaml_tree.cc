#include "proto/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "base/status_macros.h"
#include "proto/yaml.h"
#include "proto/yaml_utf8.h"

namespace ringside::proto::yaml_internal {
namespace {

using NodePtr = std::shared_ptr<const Node>;

Position PositionOf(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

// yaml-cpp's handlers can stop it by exception only; ParseTree turns it into a status.
struct Refused {
  Position at;
  std::string path;
  std::string reason;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  NodePtr TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark&, const std::string&) override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = NewNode(Node::Kind::kNull, mark);
    Complete(mark, std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseTag(mark, tag);
    auto node = NewNode(Node::Kind::kScalar, mark);
    node->text = value;
    node->quoted = tag == "!";
    Complete(mark, std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) Refuse(mark, "this alias stands inside of what it refers to");
    Count(mark, it->second->expanded_nodes);
    Attach(mark, it->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  struct Pending {
    std::shared_ptr<Node> node;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::optional<Node::Entry> entry;                    // map: a key that waits for its value
    std::unordered_map<std::string, int> line_of_key{};  // map
  };

  [[noreturn]] void Refuse(const YAML::Mark& mark, std::string reason) const {
    std::string path;
    for (const Pending& open : open_) {
      if (open.node->kind == Node::Kind::kList) {
        path += fmt::format("[{}]", open.node->items.size());
      } else if (open.entry.has_value()) {
        path += (path.empty() ? "" : ".") + open.entry->key;
      }
    }
    throw Refused{PositionOf(mark), std::move(path), std::move(reason)};
  }

  std::shared_ptr<Node> NewNode(Node::Kind kind, const YAML::Mark& mark) {
    Count(mark, 1);
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->at = PositionOf(mark);
    return node;
  }

  void Count(const YAML::Mark& mark, int nodes) {
    num_nodes_ += nodes;
    if (num_nodes_ > kMaxYamlNodes) {
      Refuse(mark, fmt::format("more than {} values (aliases count with all they stand for)", kMaxYamlNodes));
    }
  }

  void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;  // no tag, plain, quoted
    Refuse(mark, fmt::format("tags are not supported: {}", tag));
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    RefuseTag(mark, tag);
    if (static_cast<int>(open_.size()) >= kMaxYamlDepth) {
      Refuse(mark, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
    }
    open_.push_back({NewNode(kind, mark), mark, anchor, std::nullopt});
  }

  void Close() {
    Pending pending = std::move(open_.back());
    open_.pop_back();
    Complete(pending.mark, std::move(pending.node), pending.anchor);
  }

  void Complete(const YAML::Mark& mark, std::shared_ptr<Node> node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    Attach(mark, std::move(node));
  }

  void Attach(const YAML::Mark& mark, NodePtr node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Pending& parent = open_.back();
    if (parent.node->kind == Node::Kind::kMap && !parent.entry.has_value()) {
      if (node->kind != Node::Kind::kScalar) Refuse(mark, "expected a key, got " + KindOf(*node));
      const auto [it, is_new] = parent.line_of_key.emplace(node->text, PositionOf(mark).line);
      if (!is_new) {
        Refuse(mark, fmt::format("duplicate key {}; it stands in line {}, too", node->text, it->second));
      }
      parent.entry = Node::Entry{node->text, PositionOf(mark), nullptr};
      return;
    }
    parent.node->expanded_nodes =
        std::min(kMaxYamlNodes + 1, parent.node->expanded_nodes + node->expanded_nodes);
    if (parent.node->kind == Node::Kind::kList) {
      parent.node->items.push_back(std::move(node));
      return;
    }
    parent.entry->value = std::move(node);
    parent.node->entries.push_back(*std::move(parent.entry));
    parent.entry.reset();
  }

  static std::string KindOf(const Node& node) {
    switch (node.kind) {
      case Node::Kind::kNull:
        return "nothing";
      case Node::Kind::kScalar:
        return "a value";
      case Node::Kind::kList:
        return "a list";
      case Node::Kind::kMap:
        return "a map";
    }
    return "";
  }

  std::vector<Pending> open_;
  std::map<YAML::anchor_t, NodePtr> anchors_;  // completed anchored nodes
  int64_t num_nodes_ = 0;
  NodePtr root_;
};

// yaml-cpp's reason, or a plainer one for the two usual causes that it does not name.
std::string ReasonOf(const YAML::Exception& error, std::string_view text) {
  if (error.msg == YAML::ErrorMsg::DOC_IN_SCALAR)
    return "a quoted text is not closed before the end of the document";
  int line = PositionOf(error.mark).line;
  while (--line > 0) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  const size_t indent = text.find_first_not_of(" \t");
  if (text.substr(0, indent).find('\t') != std::string_view::npos) {
    return "this line is indented with a tab; YAML takes spaces only";
  }
  return "not valid YAML: " + error.msg;
}

}  // namespace

absl::Status ErrorAt(std::string_view file_name, Position at, std::string_view path,
                     std::string_view reason) {
  return absl::InvalidArgumentError(
      fmt::format("{}:{}:{}: {}{}{}", file_name, at.line, at.column, path, path.empty() ? "" : ": ", reason));
}

absl::StatusOr<NodePtr> ParseTree(std::string_view text, std::string_view file_name) {
  if (text.size() > kMaxYamlBytes) {
    return ErrorAt(file_name, {}, "",
                   fmt::format("{} bytes; at most {} are read", text.size(), kMaxYamlBytes));
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);  // byte order mark
  RINGSIDE_RETURN_IF_ERROR(CheckText(text, file_name));
  try {
    // yaml-cpp lets an open quote at the end of the input pass, but not one across a document end.
    std::istringstream stream(fmt::format("{}{}...\n", text, text.ends_with('\n') ? "" : "\n"));
    YAML::Parser parser(stream);
    TreeBuilder first;
    if (!parser.HandleNextDocument(first)) return ErrorAt(file_name, {}, "", "the file is empty");
    NodePtr root = first.TakeRoot();
    if (root == nullptr || root->kind == Node::Kind::kNull)
      return ErrorAt(file_name, {}, "", "the file is empty");
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      const NodePtr extra = second.TakeRoot();
      return ErrorAt(file_name, extra == nullptr ? Position{} : extra->at, "",
                     "a second document begins here; one file holds one");
    }
    if (root->kind != Node::Kind::kMap) {
      return ErrorAt(file_name, root->at, "", "expected a map of keys and values at the top level");
    }
    return root;
  } catch (const Refused& refused) {
    return ErrorAt(file_name, refused.at, refused.path, refused.reason);
  } catch (const YAML::Exception& error) {
    return ErrorAt(file_name, PositionOf(error.mark), "", ReasonOf(error, text));
  }
}

}  // namespace ringside::proto::yaml_internal
