// `ringside grade FILE.tsv [--marked FILE.tsv] [--out FILE.tsv]`: short answers in a table, marked row by row
// (evaluator/theory/grade_table.h).
#pragma once

#include "cli/command.h"

namespace ringside::cli {

// Whether the answers are one table.
bool IsTsv(const GradeOptions& options);

// The grades go to --out, or to stdout; rows that could not be graded to stderr, one line each. Exit 1: a row
// could not be graded.
int GradeTsv(const GradeOptions& options);

}  // namespace ringside::cli
