// What the pages of a cohort share. A page needs nothing but itself: no scripts, no loads; it follows the
// reader's choice of light or dark. `html` is markup already; everything else is escaped here.
#pragma once

#include <string>
#include <string_view>

namespace ringside::cohort {

// <!DOCTYPE html> up to and with <main>; then content; then PageEnd.
std::string PageBegin(std::string_view title);
std::string PageEnd();

// One line of text, and text whose lines are kept (for elements with white-space: pre-wrap).
std::string Line(std::string_view text, size_t max_chars = 2000);
std::string Lines(std::string_view text);

// "0.73"; an en dash where it is not defined.
std::string Figure(double value);
// The figure with a bar of its length under 0..1.
std::string FigureWithBar(double share);

// A headline figure. `note` says what it means.
std::string Tile(std::string_view name, std::string_view figure_html, std::string_view note);

enum class Tone { kPlain, kGood, kWarn, kBad };
std::string Chip(std::string_view text, Tone tone = Tone::kPlain);
// Of a score, by the thirds that readers think in: below 0.4, below 0.7, from 0.7.
Tone ToneOf(double score);
std::string_view ClassOf(Tone tone);

// A link to an answer on its candidate's page, from a page in the folder of report.html.
std::string PagePath(std::string_view candidate);
std::string Anchor(std::string_view id);
std::string AnswerLink(std::string_view candidate, std::string_view id, std::string_view text);

}  // namespace ringside::cohort
