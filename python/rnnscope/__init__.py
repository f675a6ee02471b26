"""rnnscope: write a trained recurrent network into one file that the page opens.

    import rnnscope
    rnnscope.export(model, "model.safetensors", vocabulary=vocabulary, classes=["negative", "positive"])

The file holds the weights, the wiring, the names, and a few inputs with the states and logits that the framework gives
for them. Nothing is written before the equations that rnnscope runs have given the same numbers.
"""
from .description import CannotExport
from .export import export

__all__ = ["CannotExport", "export"]
