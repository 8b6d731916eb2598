"""`python -m tests.terraform.stand_in SCHEMA`: what Terraform starts as the provider."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.terraform.stand_in.server import serve

if "TF_PLUGIN_MAGIC_COOKIE" not in os.environ:
    sys.exit("this program is started by Terraform")
serve(Path(sys.argv[1]))
