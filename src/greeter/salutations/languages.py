"""Salutations by language."""

SALUTATIONS = {"de": "Guten Tag", "en": "Hello", "pt": "Olá"}


def salutation(language: str) -> str:
    """English where the language is unknown."""
    return SALUTATIONS.get(language, SALUTATIONS["en"])
