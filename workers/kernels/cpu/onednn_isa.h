// What oneDNN calls itself.
#pragma once

#include <dnnl.h>
#include <fmt/format.h>

#include <string>

namespace ringside::kernels {

inline const char* IsaName(dnnl_cpu_isa_t isa) {
  switch (isa) {
    case dnnl_cpu_isa_sse41:
      return "sse4.1";
    case dnnl_cpu_isa_avx:
      return "avx";
    case dnnl_cpu_isa_avx2:
      return "avx2";
    case dnnl_cpu_isa_avx2_vnni:
      return "avx2 vnni";
    case dnnl_cpu_isa_avx512_core:
      return "avx512";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "avx512 vnni";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "avx512 bf16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "avx512 amx";
    default:
      return "other isa";
  }
}

// "oneDNN 2.6.3 (avx512 bf16, 1 thread)"
inline std::string DescribeOneDnn(int threads) {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("oneDNN {}.{}.{} ({}, {} thread{})", version->major, version->minor, version->patch,
                     IsaName(dnnl_get_effective_cpu_isa()), threads, threads == 1 ? "" : "s");
}

}  // namespace ringside::kernels
