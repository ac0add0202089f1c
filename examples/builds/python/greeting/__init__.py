"""Greetings."""

VERSION = "2.0"


def greet(name):
    """Return a greeting."""
    return f"Hello, {name}!"
