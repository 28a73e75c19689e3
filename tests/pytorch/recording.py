"""Reads what recording.cc wrote: a safetensors file (u64 header length, JSON header, data)."""

import json
import struct

import numpy
import torch

_DTYPES = {"F64": numpy.float64, "F32": numpy.float32, "I32": numpy.int32}


class Recording:
    def __init__(self, path):
        with open(path, "rb") as file:
            (header_bytes,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(header_bytes))
            data = file.read()
        scenario = json.loads(header.pop("__metadata__")["scenario"])
        self.model = scenario["model"]
        self.optimizer = scenario["run"]["optimizer"]
        self.precision = scenario["plan"]["precision"]
        self.steps = scenario["run"]["steps"]
        self._tensors = {}
        for name, info in header.items():
            begin, end = info["data_offsets"]
            values = numpy.frombuffer(data[begin:end], dtype=_DTYPES[info["dtype"]])
            self._tensors[name] = torch.from_numpy(values.copy()).reshape(info["shape"])

    def __contains__(self, name):
        return name in self._tensors

    def __getitem__(self, name):
        return self._tensors[name]

    def scalar(self, name):
        return self._tensors[name].item()

    def tensors(self, step, kind):
        """{name: tensor} of "weights" or "grads"; vectors come as vectors, matrices as [rows, columns]."""
        prefix = f"{step}/{kind}/"
        return {
            name[len(prefix) :]: _natural(name[len(prefix) :], tensor)
            for name, tensor in self._tensors.items()
            if name.startswith(prefix)
        }


def _natural(name, tensor):
    """[outer, mid, inner] as a layer keeps it: a bias or a gain is a vector, anything else a matrix whose rows
    are outputs (or vocabulary, or positions)."""
    outer, mid, inner = tensor.shape
    layer = name.rpartition(".")[0]
    if name.endswith(".bias") or layer.endswith(("ln_1", "ln_2", "ln_f", "norm")):
        return tensor.reshape(-1)
    return tensor.reshape(outer, mid) if inner == 1 else tensor.reshape(outer * mid, inner)
