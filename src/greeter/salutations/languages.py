"""Salutations by language."""

SALUTATIONS = {"de": "Guten Tag", "en": "Hello", "pt": "Olá"}


def salutation(language: str) -> str:
    """The salutation in a language, or in English if the language is unknown."""
    return SALUTATIONS.get(language, SALUTATIONS["en"])
