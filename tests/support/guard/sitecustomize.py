"""Loaded by the child processes of tests: the same network guard as in the tests themselves."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
from support.network import install

install()
sys.path.pop()
