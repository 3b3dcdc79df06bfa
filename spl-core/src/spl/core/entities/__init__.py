"""The nouns of the language."""
