// Figures of several measurements, and a file of all of them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ringside::bench {

// Nearest-rank; of an empty list: 0.
double Quantile(std::vector<double> values, double share);
double Median(const std::vector<double>& values);
// "12.3 (11.9 .. 13.0)": the median, and between which of the values 80 of 100 lie; times `scale`.
std::string MedianAndSpread(const std::vector<double>& values, double scale = 1);

// To `path`, "-" is standard output, empty: nowhere. False: it cannot be written, and standard error says so.
bool WriteJson(const std::string& path, const nlohmann::json& document);

}  // namespace ringside::bench
