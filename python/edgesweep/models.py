"""Networks as models of other libraries. What comes out decides: normalisation, promised reward, bucket and rule are inside.

Every model has these inputs, a row a decision:

    metric  (rows, metrics) float64: as in the dataset, the present image's first, then those before it, newest first; where
            there was none, the network's metric_mean
    gap     (rows, gaps) float32: time units before these images, 0 before the first; no such input if the network sees no gaps
    units   (rows,) int64: in the bucket before the image

and two outputs: `offload` (rows,) bool, and `gain` (rows,) float32, what offloading is worth more than keeping. `Network.rows`
makes such inputs of a sequence. The libraries add in another order than the engine, so decisions may differ where |gain| < 2e-6.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from edgesweep.network import Network

SLOPE = 0.2


def strides(steps: int) -> list[int]:
    """Powers of two, descending, whose sums reach every number up to `steps`: the moves of a search without branches."""
    return [1 << bit for bit in reversed(range(steps.bit_length()))]


def example_inputs(network: Network) -> dict[str, Any]:
    """The rows of the network's example, as a model takes them."""
    example = network.example
    return network.rows(example.metric, example.gap, example.units)


def onnx_model(network: Network) -> Any:
    """An onnx.ModelProto of opset 17 and IR 8. Its metadata `example` has the example as JSON."""
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: Any) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        output = name or f"{kind.lower()}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    mean = constant("metric_mean", np.float64(network.metric_mean))
    deviation = constant("metric_deviation", np.float64(network.metric_deviation))
    normalised = node("Div", node("Sub", "metric", mean), deviation)
    x = node("Cast", normalised, to=TensorProto.FLOAT)
    if network.gaps:
        x = node("Concat", x, "gap", axis=1)
    for number, layer in enumerate(network.hidden):
        weight, bias = constant(f"weight_{number}", layer.weight), constant(f"bias_{number}", layer.bias)
        x = node("LeakyRelu", node("Gemm", x, weight, bias), alpha=SLOPE)

    cost = constant("cost", np.int64(network.cost))
    zero, last = constant("zero", np.int64(0)), constant("last", np.int64(network.capacity - network.cost))
    state = node("Min", node("Max", node("Sub", "units", cost), zero), last)
    difference = node("Gather", constant("difference", network.difference), state, axis=0)
    bias = node("Gather", constant("bias_difference", network.bias_difference), state, axis=0)
    axis = constant("axis", np.array([1], dtype=np.int64))
    gain = node("Add", node("ReduceSum", node("Mul", x, difference), axis, keepdims=0), bias)

    steps = len(network.reward_low)
    now = node("Gather", normalised, zero, axis=1)  # the present image's metric
    position = node("Mul", "units", zero)
    if steps:
        low, high = constant("low", network.reward_low), constant("high", network.reward_high)
        one, count = constant("one", np.int64(1)), constant("count", np.int64(steps))
        for stride in strides(steps):
            further = node("Add", position, constant(f"stride_{stride}", np.int64(stride)))
            step = node("Sub", node("Min", further, count), one)
            below, above = node("Gather", low, step), node("Gather", high, step)
            before = node(
                "And", node("Less", node("Sub", above, now), node("Sub", now, below)), node("LessOrEqual", further, count)
            )
            position = node("Where", before, further, position)
    gain = node("Add", gain, node("Gather", constant("reward", network.reward), position), name="gain")
    node(
        "And",
        node("GreaterOrEqual", gain, constant("nothing", np.float32(0))),
        node("GreaterOrEqual", "units", cost),
        name="offload",
    )

    inputs = [helper.make_tensor_value_info("metric", TensorProto.DOUBLE, ["rows", network.metrics])]
    if network.gaps:
        inputs.append(helper.make_tensor_value_info("gap", TensorProto.FLOAT, ["rows", network.gaps]))
    inputs.append(helper.make_tensor_value_info("units", TensorProto.INT64, ["rows"]))
    outputs = [
        helper.make_tensor_value_info("offload", TensorProto.BOOL, ["rows"]),
        helper.make_tensor_value_info("gain", TensorProto.FLOAT, ["rows"]),
    ]
    graph = helper.make_graph(nodes, f"edgesweep_{network.run}", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="edgesweep")
    example = {name: value.tolist() for name, value in vars(network.example).items()}
    helper.set_model_props(model, {"run": network.run, "example": json.dumps(example)})
    return model


def torch_module(network: Network) -> Any:
    """A torch.nn.Module whose state_dict has all numbers. Loading one decides the example again, and raises if it differs."""
    import torch

    def tensor(values: Any) -> Any:
        return torch.from_numpy(np.array(values))

    class Policy(torch.nn.Module):  # type: ignore[misc]
        """Decides: (metric, gap, units) to (offload, gain)."""

        def __init__(self) -> None:
            super().__init__()
            sizes = [layer.weight.shape for layer in network.hidden]
            self.hidden = torch.nn.ModuleList([torch.nn.Linear(*size) for size in sizes])
            with torch.no_grad():
                for linear, layer in zip(self.hidden, network.hidden, strict=True):
                    linear.weight.copy_(tensor(layer.weight.T))
                    linear.bias.copy_(tensor(layer.bias))
            self.register_buffer("metric_scale", tensor([network.metric_mean, network.metric_deviation]))
            self.register_buffer("bucket", tensor([network.refill, network.cost, network.capacity]))
            for name in ("difference", "bias_difference", "reward_low", "reward_high", "reward"):
                self.register_buffer(name, tensor(getattr(network, name)))
            for name, values in example_inputs(network).items():
                self.register_buffer(f"example_{name}", tensor(values))
            self.register_buffer("example_offload", tensor(network.example.offload.astype(bool)))
            self.register_load_state_dict_post_hook(lambda module, keys: module.check())

        def forward(self, metric: Any, gap: Any, units: Any) -> tuple[Any, Any]:
            mean, deviation = self.metric_scale
            normalised = (metric - mean) / deviation
            x = normalised.to(torch.float32)
            if gap is not None:
                x = torch.cat([x, gap], dim=1)
            for linear in self.hidden:
                x = torch.nn.functional.leaky_relu(linear(x), SLOPE)
            cost, capacity = self.bucket[1], self.bucket[2]
            state = torch.minimum(torch.clamp(units - cost, min=0), capacity - cost)
            gain = (x * self.difference[state]).sum(dim=1) + self.bias_difference[state] + self.promised(normalised[:, 0])
            return (gain >= 0) & (units >= cost), gain

        def promised(self, metric: Any) -> Any:
            position = torch.zeros(metric.shape, dtype=torch.int64)
            count = len(self.reward_low)
            for stride in strides(count):
                further = position + stride
                step = torch.clamp(further, max=count) - 1
                before = (self.reward_high[step] - metric < metric - self.reward_low[step]) & (further <= count)
                position = torch.where(before, further, position)
            return self.reward[position]

        def check(self) -> None:
            """Decides the example again. Raises ValueError if a decision differs that is not a close one."""
            gap = getattr(self, "example_gap", None)
            with torch.no_grad():
                offload, gain = self(self.example_metric, gap, self.example_units)
            wrong = (offload != self.example_offload) & (gain.abs() >= 2e-6)
            if bool(wrong.any()):
                raise ValueError(f"{int(wrong.sum())} of {len(wrong)} decisions of the example differ from the engine's")

    module = Policy()
    module.eval()
    module.check()
    return module
