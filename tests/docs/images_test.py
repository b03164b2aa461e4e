import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("docs/images").glob("draw_*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_image_is_drawn_by_its_program(program: Path, tmp_path: Path) -> None:
    """The committed `NAME.svg` is the image that `draw_NAME.py` writes next to itself."""
    image = program.with_name(f"{program.stem.removeprefix('draw_')}.svg")
    copy = shutil.copy(program, tmp_path)
    subprocess.run([sys.executable, copy], check=True)

    assert image.read_bytes() == (tmp_path / image.name).read_bytes()
