"""The same training step in PyTorch, eager, one thread: GPT-2 with AdamW, as an engine to be compared with.

Says "ready VERSION" when a warm-up step is done; for every line with a number N it then trains N steps and answers
with their seconds as JSON. With RANK and WORLD_SIZE in the environment it is a rank of DistributedDataParallel over
gloo, each with its own batch."""

import argparse
import json
import math
import os
import sys
import time

# Debian's OpenBLAS takes a kernel for AVX2 on CPUs that it does not know; the one for AVX-512 is twice as fast.
with open("/proc/cpuinfo") as cpuinfo:
    if "avx512f" in cpuinfo.read():
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402


class Block(torch.nn.Module):
    def __init__(self, width, heads, ffn):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.qkv, self.proj = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.fc, self.fc_proj = torch.nn.Linear(width, ffn), torch.nn.Linear(ffn, width)

    def forward(self, x, future):
        batch, length, width = x.shape
        parts = self.qkv(self.ln_1(x)).split(width, dim=-1)
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in parts)
        scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(width // self.heads))
        out = scores.masked_fill(future, -math.inf).softmax(dim=-1) @ v
        x = x + self.proj(out.transpose(1, 2).reshape(batch, length, width))
        return x + self.fc_proj(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))


class Gpt(torch.nn.Module):
    def __init__(self, layers, width, heads, ffn, vocab, length):
        super().__init__()
        self.wte, self.wpe = torch.nn.Embedding(vocab, width), torch.nn.Embedding(length, width)
        self.blocks = torch.nn.ModuleList(Block(width, heads, ffn) for _ in range(layers))
        self.ln_f = torch.nn.LayerNorm(width)
        self.future = torch.ones(length, length, dtype=torch.bool).triu(1)  # no buffer: gloo sends no booleans
        for parameter in self.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens, targets):
        x = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, self.future)
        logits = F.linear(self.ln_f(x), self.wte.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("layers", "width", "heads", "ffn", "vocab", "length", "batch"):
        parser.add_argument(f"--{name}", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = Gpt(arguments.layers, arguments.width, arguments.heads, arguments.ffn, arguments.vocab, arguments.length)
    decays = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decays, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.95), eps=1e-8,
    )  # fmt: skip
    if "WORLD_SIZE" in os.environ:
        torch.distributed.init_process_group("gloo")
        model = torch.nn.parallel.DistributedDataParallel(model)
        torch.manual_seed(2 + torch.distributed.get_rank())

    def step():
        start = time.perf_counter()
        tokens = torch.randint(arguments.vocab, (arguments.batch, arguments.length + 1))
        loss = model(tokens[:, :-1], tokens[:, 1:])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return time.perf_counter() - start

    step()
    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        print(json.dumps([step() for _ in range(int(line))]), flush=True)


if __name__ == "__main__":
    main()
