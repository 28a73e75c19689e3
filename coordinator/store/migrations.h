// The versions of the store's schema, each applied once, in a transaction of its own.
#pragma once

#include <sqlite3.h>

#include <string_view>

#include "absl/status/status.h"

namespace ringside::coordinator {

int LatestSchemaVersion();

// Brings the database to the latest version. FAILED_PRECONDITION: a newer Ringside has written it.
absl::Status Migrate(sqlite3* db, std::string_view path);

}  // namespace ringside::coordinator
