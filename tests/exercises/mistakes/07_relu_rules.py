"""Chapter 7: one rule taken for another, and masks on the wrong side."""

from . import Mistake

MISTAKES = [
    Mistake("relu-vanilla", "return g", "a mask is missing or too wide"),
    Mistake("relu-vanilla", "return gate(g, g)", "a mask made from the wrong array"),
    Mistake("relu-vanilla", "return gate(g, -x)", "a mask on the wrong side"),
    Mistake("relu-vanilla", "return g * (x >= 0)", "vanilla where x or g is 0: wrong at 1"),
    Mistake("relu-deconvnet", "return gate(g, x)", "a mask made from the wrong array"),
    Mistake("relu-deconvnet", "return gate(g, -g)", "a mask on the wrong side"),
    Mistake("relu-deconvnet", "return gate(gate(g, x), g)", "a mask is too narrow"),
    Mistake("relu-deconvnet", "return g", "a mask is missing or too wide"),
    Mistake("relu-guided", "return gate(g, x)", "a mask is missing or too wide"),
    Mistake("relu-guided", "return gate(g, g)", "a mask is missing or too wide"),
    Mistake("relu-guided", "return gate(g, g * x)", "a mask is missing or too wide"),
    Mistake("relu-guided", "return gate(gate(g, -g), x)", "a mask on the wrong side"),
]
