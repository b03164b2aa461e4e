"""The door: ./pants runs this folder with `python3 -I -S`, which has no import path of the user."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bootstrap.launch import main

main(sys.argv[1:])
