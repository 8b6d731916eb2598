"""python -m tests.faults.play 30 70: other histories of the model, of the seeds 30 up to 70; each result as it ends.

A seed is 100 histories of up to 60 steps, in a process of its own. What broke is told in the fewest steps that show
it, to be pasted into `test_found.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

TEST = "tests/faults/test_model.py::test_the_relay_agrees_with_the_model_for_long"
TOLD = "E  "  # how pytest marks the lines of what went wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
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
        told = [line for line in played.stdout.splitlines() if line.startswith(TOLD)]
        print("\n".join(told or played.stdout.splitlines()[-20:]), flush=True)
    return holds


if __name__ == "__main__":
    sys.exit(main())
