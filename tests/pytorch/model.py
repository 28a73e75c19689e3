"""GPT-2, LLaMA and their mixture-of-experts forms, written with PyTorch's own operators.

Nothing here is taken from the engine but the names of the tensors. Sources: Radford et al. 2019 (GPT-2), Touvron
et al. 2023 (LLaMA), Su et al. 2021 (rotary positions), Fedus, Zoph and Shazeer 2022 (routing and its loss),
Jiang et al. 2024 (weights of the chosen experts normalised)."""

import math

import torch
import torch.nn.functional as F


def _heads(x, count):
    batch, length, width = x.shape
    return x.view(batch, length, count, width // count).transpose(1, 2)  # [B, heads, T, D]


def _rotate(x, theta):
    """x [B, heads, T, D]: the pair (i, i + D/2) of position t is turned by t * theta^(-2i/D)."""
    length, width = x.shape[-2:]
    rates = theta ** (-torch.arange(0, width, 2, dtype=x.dtype) / width)
    angles = torch.outer(torch.arange(length, dtype=x.dtype), rates)
    low, high = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([low * cos - high * sin, high * cos + low * sin], dim=-1)


def _attend(q, k, v):
    """Causal attention; k and v may have fewer heads, each for as many neighbouring query heads."""
    groups = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    out = scores.masked_fill(future, -math.inf).softmax(dim=-1) @ v
    return out.transpose(1, 2).flatten(2)


class Model:
    """`spec`: the scenario's model, every field set. `w`: tensors by name."""

    def __init__(self, spec, w):
        self.spec, self.w = spec, w
        self.llama = spec["architecture"] == "ARCHITECTURE_LLAMA"
        self.eps = spec["norm_eps"]

    def losses(self, tokens, targets):
        """(mean cross-entropy, load-balance loss already weighted): their sum is what is minimised."""
        w = self.w
        self._aux = torch.zeros((), dtype=next(iter(w.values())).dtype)
        table = w["embed_tokens.weight" if self.llama else "wte"]
        x = F.embedding(tokens, table)
        if not self.llama:
            x = x + w["wpe"][: tokens.shape[1]]
        for layer in range(self.spec["layers"]):
            x = x + self._attention(layer, x)
            x = x + self._mlp(layer, x)
        x = self._norm(x, "norm" if self.llama else "ln_f")
        logits = F.linear(x, table if self.spec["tie_embeddings"] else w["lm_head.weight"])
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten()), self._aux

    def _name(self, layer, gpt2, llama):
        return f"layers.{layer}.{llama}" if self.llama else f"h.{layer}.{gpt2}"

    def _norm(self, x, name):
        gain = self.w[f"{name}.weight"]
        if not self.llama:
            return F.layer_norm(x, gain.shape, gain, self.w[f"{name}.bias"], self.eps)
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * gain

    def _linear(self, x, name):
        return F.linear(x, self.w[f"{name}.weight"], self.w.get(f"{name}.bias"))

    def _attention(self, layer, x):
        x = self._norm(x, self._name(layer, "ln_1", "input_layernorm"))
        heads, kv_heads = self.spec["heads"], self.spec["kv_heads"]
        if self.llama:
            q = _heads(self._linear(x, f"layers.{layer}.self_attn.q_proj"), heads)
            k, v = self._linear(x, f"layers.{layer}.self_attn.kv_proj").chunk(2, dim=-1)
            k, v = _heads(k, kv_heads), _heads(v, kv_heads)
            q, k = _rotate(q, self.spec["rope_theta"]), _rotate(k, self.spec["rope_theta"])
        else:
            q, k, v = (_heads(part, heads) for part in self._linear(x, f"h.{layer}.attn.c_attn").chunk(3, dim=-1))
        return self._linear(_attend(q, k, v), self._name(layer, "attn.c_proj", "self_attn.o_proj"))

    def _mlp(self, layer, x):
        x = self._norm(x, self._name(layer, "ln_2", "post_attention_layernorm"))
        if self.spec["experts"] > 0:
            return self._experts(layer, x)
        return self._one_mlp(self._name(layer, "mlp", "mlp"), x)

    def _one_mlp(self, name, x):
        if self.llama:
            gate, up = self._linear(x, f"{name}.gate_up_proj").chunk(2, dim=-1)
            return self._linear(F.silu(gate) * up, f"{name}.down_proj")
        return self._linear(F.gelu(self._linear(x, f"{name}.c_fc"), approximate="tanh"), f"{name}.c_proj")

    def _experts(self, layer, x):
        spec, mlp = self.spec, self._name(layer, "mlp", "mlp")
        experts, k, length = spec["experts"], spec["experts_per_token"], x.shape[1]
        probs = self._linear(x, f"{mlp}.{'gate' if self.llama else 'router'}").softmax(dim=-1)
        best, choice = probs.topk(k, dim=-1)  # [B, T, K]
        weight = best / best.sum(-1, keepdim=True) if k > 1 else best
        picked = F.one_hot(choice, experts)  # [B, T, K, E]
        load = picked.sum((1, 2)).to(x.dtype) / (k * length)  # [B, E], no gradient
        self._aux = self._aux + spec["aux_loss"] * experts * (load * probs.mean(1)).sum() / x.shape[0]
        if spec["capacity_factor"] > 0:  # places are taken token by token, a token's better choice first
            capacity = math.ceil(spec["capacity_factor"] * length * k / experts)
            taken = picked.flatten(1, 2).cumsum(1).view_as(picked)
            picked = picked * (taken <= capacity)
        gates = (weight.unsqueeze(-1) * picked).sum(2)  # [B, T, E]
        return sum(gates[..., e : e + 1] * self._one_mlp(f"{mlp}.experts.{e}", x) for e in range(experts))
