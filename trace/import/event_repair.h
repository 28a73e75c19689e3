// Repairs in the text of an event that could not be parsed: each overwrites bytes in place, changing no
// length.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/import/event_parser.h"
#include "trace/import/repairs.h"

namespace ringside::trace {

// True: something was repaired and counted, parse again. `text` begins with the event; `size` may go beyond
// it.
bool RepairEvent(char* text, size_t size, const EventParser::Outcome& outcome, Repairs* repairs);

// Control characters in the strings of a whole JSON value become blanks; how many.
int64_t BlankControlCharacters(char* text, size_t size);

}  // namespace ringside::trace
