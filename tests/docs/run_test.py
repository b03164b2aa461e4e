import re
from typing import Any

from docs.documents import every_snippet

MARK = "printed by ./pants run src/functions/add:fn -- --event "


def test_printed_lines_of_an_invocation(lambda_function: Any) -> None:
    """The README shows the command, its logs and its response."""
    (snippet,) = (each for each in every_snippet() if each.mark.startswith(MARK))
    command, *lines = snippet.text.splitlines()
    invocation = lambda_function("src/functions/add:fn").invoke({"numbers": [1, 2]})

    assert command == f"$ {snippet.mark.removeprefix('printed by ')}"
    assert command.endswith("""'{"numbers": [1, 2]}'""")
    pattern = re.escape("\n".join(lines)).replace("…", "[^\n\t]+")
    assert re.fullmatch(pattern, invocation.logs + invocation.payload.decode())
