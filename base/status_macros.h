// Passing absl::Status up without ceremony.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RINGSIDE_RETURN_IF_ERROR(expression)             \
  do {                                                   \
    ::absl::Status ringside_status_ = (expression);      \
    if (!ringside_status_.ok()) return ringside_status_; \
  } while (false)

#define RINGSIDE_CONCAT_INNER_(a, b) a##b
#define RINGSIDE_CONCAT_(a, b) RINGSIDE_CONCAT_INNER_(a, b)

// RINGSIDE_ASSIGN_OR_RETURN(auto x, MaybeX());
#define RINGSIDE_ASSIGN_OR_RETURN(lhs, expression) \
  RINGSIDE_ASSIGN_OR_RETURN_IMPL_(RINGSIDE_CONCAT_(ringside_or_, __LINE__), lhs, expression)
#define RINGSIDE_ASSIGN_OR_RETURN_IMPL_(temporary, lhs, expression) \
  auto temporary = (expression);                                    \
  if (!temporary.ok()) return temporary.status();                   \
  lhs = *std::move(temporary)
