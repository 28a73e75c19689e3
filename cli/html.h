// Small pieces of HTML. Text is escaped here and nowhere else; what is called `html` is markup already.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringside::cli {

std::string Escaped(std::string_view text);
std::string Paragraph(std::string_view text);
// Paragraphs where empty lines part them.
std::string Paragraphs(std::string_view text);

// A whole page with the looks of Ringside's reports: light, one column, no external resources.
std::string Page(std::string_view title, std::string_view body_html);

// <figure>, with a caption that says what to see in it unless the text before it does.
std::string Figure(std::string_view content_html, std::string_view caption = "");

// A table of text cells; the first `text_columns` stand left, the others are numbers and stand right.
class HtmlTable {
 public:
  explicit HtmlTable(std::vector<std::string> head, int text_columns = 1)
      : head_(std::move(head)), text_columns_(text_columns) {}
  // `faint`: of less weight than its neighbours, e.g. a prediction below a measurement.
  void Row(const std::vector<std::string>& cells, bool faint = false);
  std::string Html() const;

 private:
  std::vector<std::string> head_;
  int text_columns_;
  std::string rows_html_;
};

}  // namespace ringside::cli
