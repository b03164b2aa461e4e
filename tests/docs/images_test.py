import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("docs/images").glob("draw_*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_an_image_is_the_one_that_its_program_draws(program: Path, tmp_path: Path) -> None:
    """`draw_NAME.py` writes `NAME.svg` next to itself, and both are committed."""
    image = program.with_name(f"{program.stem.removeprefix('draw_')}.svg")
    copy = shutil.copy(program, tmp_path)
    subprocess.run([sys.executable, copy], check=True)

    assert image.read_bytes() == (tmp_path / image.name).read_bytes()
