"""Tables of names, written one after the other."""


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())
