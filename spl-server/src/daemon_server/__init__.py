"""The server of SPLime: who may run what where, and what became of it. It never runs user code."""

__version__ = "1.0.0"
