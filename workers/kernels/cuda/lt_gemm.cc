#include "workers/kernels/cuda/lt_gemm.h"

#include <fmt/format.h>

#include "base/status_macros.h"

namespace ringside::kernels::cuda {
namespace {

// Of an address, 16 at most: more is of no use to any algorithm.
uint32_t AlignmentOf(const void* at) {
  const auto bits = reinterpret_cast<uintptr_t>(at);
  uint32_t alignment = 16;
  while (bits % alignment != 0) alignment /= 2;
  return alignment;
}

cublasLtEpilogue_t EpilogueOf(const LtGemm::Call& call) {
  if (call.pre != nullptr) {
    return call.bias != nullptr ? CUBLASLT_EPILOGUE_GELU_AUX_BIAS : CUBLASLT_EPILOGUE_GELU_AUX;
  }
  return call.bias != nullptr ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LtGemm>> LtGemm::Make(Context* context) {
  RINGSIDE_ASSIGN_OR_RETURN(const CublasLt* lt, CublasLt::Load());
  cublasLtHandle_t handle = nullptr;
  if (const cublasStatus_t status = lt->create(&handle); status != CUBLAS_STATUS_SUCCESS) {
    return absl::UnavailableError(fmt::format("cublasLtCreate: {}", lt->get_status_string(status)));
  }
  return std::unique_ptr<LtGemm>(new LtGemm(context, lt, handle));
}

LtGemm::~LtGemm() {
  for (auto& [key, plan] : plans_) {
    lt_.desc_destroy(plan.desc);
    for (cublasLtMatrixLayout_t layout : {plan.a, plan.b, plan.c}) lt_.layout_destroy(layout);
  }
  lt_.destroy(handle_);
}

std::string LtGemm::Version() const {
  const size_t version = lt_.get_version();
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

void LtGemm::Check(cublasStatus_t status, const char* name) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  context_.Fail(absl::InternalError(fmt::format("{}: {}", name, lt_.get_status_string(status))));
}

LtGemm::Key LtGemm::KeyOf(const Call& call) {
  const GemmShape& s = call.shape;
  const int flags = (s.trans_a ? 1 : 0) | (s.trans_b ? 2 : 0) | (call.accumulate ? 4 : 0) |
                    (call.bias != nullptr ? 8 : 0) | (call.pre != nullptr ? 16 : 0);
  const auto alignments =
      static_cast<int>(AlignmentOf(call.a) | AlignmentOf(call.b) << 8 | AlignmentOf(call.c) << 16);
  return {call.type,  call.out_type, s.m,        s.n,   s.k,       s.batch,
          s.a_stride, s.b_stride,    s.c_stride, flags, alignments};
}

LtGemm::Plan LtGemm::MakePlan(const Call& call) {
  const GemmShape& s = call.shape;
  Plan plan;
  const bool is_double = call.type == CUDA_R_64F;
  const cublasComputeType_t compute = is_double ? CUBLAS_COMPUTE_64F
                                      : call.type == CUDA_R_32F && context_.options().fast_math
                                          ? CUBLAS_COMPUTE_32F_FAST_TF32
                                          : CUBLAS_COMPUTE_32F;
  Check(lt_.desc_create(&plan.desc, compute, is_double ? CUDA_R_64F : CUDA_R_32F),
        "cublasLtMatmulDescCreate");
  const auto describe = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
    Check(lt_.desc_set(plan.desc, attribute, &value, sizeof(value)), "cublasLtMatmulDescSetAttribute");
  };
  // Its first operand is our b.
  const cublasOperation_t first = s.trans_b ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t second = s.trans_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  describe(CUBLASLT_MATMUL_DESC_TRANSA, first);
  describe(CUBLASLT_MATMUL_DESC_TRANSB, second);
  describe(CUBLASLT_MATMUL_DESC_EPILOGUE, EpilogueOf(call));
  if (call.bias != nullptr) {
    describe(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, call.type);
    describe(CUBLASLT_MATMUL_DESC_BIAS_POINTER, call.bias);
  }
  if (call.pre != nullptr) {
    describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, call.pre);
    describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, s.n);
    describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE, call.out_type);
  }
  const auto lay_out = [&](cublasLtMatrixLayout_t* layout, cudaDataType_t type, int64_t rows, int64_t cols,
                           int64_t stride) {
    Check(lt_.layout_create(layout, type, rows, cols, rows), "cublasLtMatrixLayoutCreate");
    if (s.batch == 1) return;
    const auto batch = static_cast<int32_t>(s.batch);
    Check(lt_.layout_set(*layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch, sizeof(batch)), "batch count");
    Check(lt_.layout_set(*layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof(stride)),
          "batch offset");
  };
  lay_out(&plan.a, call.type, s.trans_b ? s.k : s.n, s.trans_b ? s.n : s.k, s.b_stride);
  lay_out(&plan.b, call.type, s.trans_a ? s.m : s.k, s.trans_a ? s.k : s.m, s.a_stride);
  lay_out(&plan.c, call.out_type, s.n, s.m, s.c_stride);

  cublasLtMatmulPreference_t preference = nullptr;
  Check(lt_.preference_create(&preference), "cublasLtMatmulPreferenceCreate");
  const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
    Check(lt_.preference_set(preference, attribute, &value, sizeof(value)),
          "cublasLtMatmulPreferenceSetAttribute");
  };
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t{Context::kGemmWorkspaceBytes});
  prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, AlignmentOf(call.b));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, AlignmentOf(call.a));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, AlignmentOf(call.c));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, AlignmentOf(call.c));
  cublasLtMatmulHeuristicResult_t result{};
  int results = 0;
  const cublasStatus_t status =
      lt_.get_heuristic(handle_, plan.desc, plan.a, plan.b, plan.c, plan.c, preference, 1, &result, &results);
  lt_.preference_destroy(preference);
  plan.found = status == CUBLAS_STATUS_SUCCESS && results > 0 && result.state == CUBLAS_STATUS_SUCCESS;
  plan.algo = result.algo;
  return plan;
}

bool LtGemm::Run(const Call& call) {
  const auto [at, fresh] = plans_.try_emplace(KeyOf(call));
  Plan& plan = at->second;
  if (fresh) plan = MakePlan(call);
  if (!plan.found) return false;
  const auto describe = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
    Check(lt_.desc_set(plan.desc, attribute, &value, sizeof(value)), "cublasLtMatmulDescSetAttribute");
  };
  if (call.bias != nullptr) describe(CUBLASLT_MATMUL_DESC_BIAS_POINTER, call.bias);
  if (call.pre != nullptr) describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, call.pre);
  const double one = 1, beta = call.accumulate ? 1 : 0;
  const float one_f = 1, beta_f = static_cast<float>(beta);
  const bool is_double = call.type == CUDA_R_64F;
  Check(lt_.matmul(handle_, plan.desc, is_double ? static_cast<const void*>(&one) : &one_f, call.b, plan.a,
                   call.a, plan.b, is_double ? static_cast<const void*>(&beta) : &beta_f, call.c, plan.c,
                   call.c, plan.c, &plan.algo, context_.gemm_workspace(), Context::kGemmWorkspaceBytes,
                   context_.stream()),
        "cublasLtMatmul");
  return true;
}

}  // namespace ringside::kernels::cuda
