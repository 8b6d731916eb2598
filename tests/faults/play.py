"""`.venv/bin/python -m tests.faults.play 30 70` plays random histories against the model, for the seeds 30 up to 70.

Each seed is 100 other histories of up to 60 steps, played by `test_model.py` in a process of its own, in a minute or
two. It prints a line per seed. For a seed that broke it also prints the fewest steps that it found: paste these into
`test_found.py`, and they are a test that plays this one history.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

TEST = "tests/faults/test_model.py::test_the_link_agrees_with_the_model_in_many_histories"
ERROR_LINE = "E  "  # how pytest begins a line of the error


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=int, help="the first seed")
    parser.add_argument("last", type=int, help="the last seed")
    chosen = parser.parse_args()
    broken = [seed for seed in range(chosen.first, chosen.last + 1) if not _holds(seed)]
    print(f"broken: {broken}" if broken else "all hold")
    return bool(broken)


def _holds(seed: int) -> bool:
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pytest",
        TEST,
        f"--hypothesis-seed={seed}",
        "--tb=short",
        "-p",
        "no:cacheprovider",
    ]
    played = subprocess.run(command, capture_output=True, text=True, check=False)
    holds = played.returncode == 0
    print(f"seed {seed}: {'holds' if holds else 'BROKEN'} after {time.monotonic() - began:.0f} s", flush=True)
    if not holds:
        error = [line for line in played.stdout.splitlines() if line.startswith(ERROR_LINE)]
        print("\n".join(error or played.stdout.splitlines()[-20:]), flush=True)
    return holds


if __name__ == "__main__":
    sys.exit(main())
