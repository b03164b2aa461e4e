"""Entry point of ./pants, which runs this folder with `python3 -I -S`, so without user paths."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bootstrap.launcher import main

main(sys.argv[1:])
