// Products of bfloat16 matrices by oneDNN's matmul primitive. A primitive is made for one shape and takes far
// longer to make than to run, so each is kept.
#include <dnnl.h>
#include <fmt/format.h>
#include <omp.h>

#include <array>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "workers/kernels/cpu/gemm_api.h"
#include "workers/kernels/cpu/onednn_isa.h"

namespace ringside::kernels {
namespace {

// m, n, k, strides of a, b and c; transposed a and b, accumulate, float result.
struct Shape {
  std::array<int64_t, 6> sizes;
  std::array<bool, 4> flags;
  bool operator==(const Shape&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const Shape& s) {
    return H::combine(std::move(h), s.sizes, s.flags);
  }
};

// What has been made for a shape; all owned.
struct Product {
  dnnl_primitive_t primitive = nullptr;
  dnnl_memory_t a = nullptr, b = nullptr, c = nullptr;
};

class OneDnnBf16Gemm final : public GemmApi<Bf16> {
 public:
  explicit OneDnnBf16Gemm(int threads) : threads_(threads) {
    RINGSIDE_CHECK(dnnl_engine_create(&engine_, dnnl_cpu, 0) == dnnl_success);
    RINGSIDE_CHECK(dnnl_stream_create(&stream_, engine_, dnnl_stream_default_flags) == dnnl_success);
  }
  ~OneDnnBf16Gemm() override {
    for (const auto& [shape, product] : products_) {
      dnnl_primitive_destroy(product.primitive);
      for (dnnl_memory_t memory : {product.a, product.b, product.c}) dnnl_memory_destroy(memory);
    }
    dnnl_stream_destroy(stream_);
    dnnl_engine_destroy(engine_);
  }
  OneDnnBf16Gemm(const OneDnnBf16Gemm&) = delete;
  OneDnnBf16Gemm& operator=(const OneDnnBf16Gemm&) = delete;

  std::string Describe() const override { return DescribeOneDnn(threads_); }

  void Multiply(const GemmInput<Bf16>& a, const GemmInput<Bf16>& b, Bf16* c, int64_t c_stride, int64_t m,
                int64_t n, int64_t k, bool accumulate) override {
    Run(a, b, c, {{m, n, k, a.stride, b.stride, c_stride}, {a.transposed, b.transposed, accumulate, false}});
  }
  void MultiplyWide(const GemmInput<Bf16>& a, const GemmInput<Bf16>& b, float* c, int64_t c_stride, int64_t m,
                    int64_t n, int64_t k) override {
    Run(a, b, c, {{m, n, k, a.stride, b.stride, c_stride}, {a.transposed, b.transposed, false, true}});
  }

  // Whether the library has such products for this CPU.
  bool Works() {
    Product product;
    const bool made =
        Make({{16, 16, 16, 16, 16, 16}, {false, false, false, false}}, &product) == dnnl_success;
    if (made) products_[{{16, 16, 16, 16, 16, 16}, {false, false, false, false}}] = product;
    return made;
  }

 private:
  void Run(const GemmInput<Bf16>& a, const GemmInput<Bf16>& b, void* c, const Shape& shape) {
    omp_set_num_threads(threads_);  // a property of the calling thread, so set on each call
    const auto [it, is_new] = products_.try_emplace(shape);
    if (is_new) RINGSIDE_CHECK(Make(shape, &it->second) == dnnl_success);
    const Product& product = it->second;
    // oneDNN takes what it only reads by pointers that are not const.
    RINGSIDE_CHECK(dnnl_memory_set_data_handle(product.a, const_cast<Bf16*>(a.data)) == dnnl_success &&
                   dnnl_memory_set_data_handle(product.b, const_cast<Bf16*>(b.data)) == dnnl_success &&
                   dnnl_memory_set_data_handle(product.c, c) == dnnl_success);
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, product.a}, {DNNL_ARG_WEIGHTS, product.b}, {DNNL_ARG_DST, product.c}};
    RINGSIDE_CHECK(dnnl_primitive_execute(product.primitive, stream_, 3, arguments) == dnnl_success);
  }

  static dnnl_status_t Describe(dnnl_memory_desc_t* out, int64_t rows, int64_t columns, int64_t stride,
                                bool transposed, dnnl_data_type_t type) {
    const dnnl_dims_t dims = {rows, columns};
    const dnnl_dims_t strides = {transposed ? 1 : stride, transposed ? stride : 1};
    return dnnl_memory_desc_init_by_strides(out, 2, dims, type, strides);
  }

  // On failure nothing is kept.
  dnnl_status_t Make(const Shape& shape, Product* out) {
    const auto [m, n, k, a_stride, b_stride, c_stride] = shape.sizes;
    const auto [trans_a, trans_b, accumulate, wide] = shape.flags;
    dnnl_memory_desc_t a, b, c;
    RINGSIDE_CHECK(Describe(&a, m, k, a_stride, trans_a, dnnl_bf16) == dnnl_success &&
                   Describe(&b, k, n, b_stride, trans_b, dnnl_bf16) == dnnl_success &&
                   Describe(&c, m, n, c_stride, false, wide ? dnnl_f32 : dnnl_bf16) == dnnl_success);
    dnnl_matmul_desc_t matmul;
    RINGSIDE_CHECK(dnnl_matmul_desc_init(&matmul, &a, &b, nullptr, &c) == dnnl_success);
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t post_ops;
    RINGSIDE_CHECK(dnnl_primitive_attr_create(&attributes) == dnnl_success &&
                   dnnl_post_ops_create(&post_ops) == dnnl_success);
    if (accumulate) RINGSIDE_CHECK(dnnl_post_ops_append_sum(post_ops, 1.0f) == dnnl_success);
    RINGSIDE_CHECK(dnnl_primitive_attr_set_post_ops(attributes, post_ops) == dnnl_success);
    dnnl_primitive_desc_t description;
    dnnl_status_t status = dnnl_primitive_desc_create(&description, &matmul, attributes, engine_, nullptr);
    if (status == dnnl_success) {
      status = dnnl_primitive_create(&out->primitive, description);
      dnnl_primitive_desc_destroy(description);
    }
    dnnl_post_ops_destroy(post_ops);
    dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success) return status;
    RINGSIDE_CHECK(dnnl_memory_create(&out->a, &a, engine_, DNNL_MEMORY_NONE) == dnnl_success &&
                   dnnl_memory_create(&out->b, &b, engine_, DNNL_MEMORY_NONE) == dnnl_success &&
                   dnnl_memory_create(&out->c, &c, engine_, DNNL_MEMORY_NONE) == dnnl_success);
    return dnnl_success;
  }

  const int threads_;
  dnnl_engine_t engine_ = nullptr;
  dnnl_stream_t stream_ = nullptr;
  absl::flat_hash_map<Shape, Product> products_;
};

}  // namespace

std::unique_ptr<GemmApi<Bf16>> MakeOneDnnBf16Gemm(int threads) {
  auto gemm = std::make_unique<OneDnnBf16Gemm>(threads);
  if (!gemm->Works()) return nullptr;
  return gemm;
}

}  // namespace ringside::kernels
