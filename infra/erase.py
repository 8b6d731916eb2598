"""python -m infra.erase COOPERATION CONTACT: forget a contact everywhere in the link. See the README, "Operate"."""

from __future__ import annotations

import argparse
import getpass
import sys

from shared import logs
from shared.config import WrongConfig
from shared.errors import StoreUnavailable
from shared.flows.erase import erase
from shared.wiring import services


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.erase", description="forget a contact (AVG)")
    parser.add_argument("cooperation")
    parser.add_argument("contact", type=int, help="Econobis' contact id")
    parser.add_argument("--email", help="also finds a sign-up whose answer from Econobis was lost")
    parser.add_argument("--by", default=getpass.getuser(), help="who decides this, for the audit line")
    options = parser.parse_args()
    logs.to_stderr()
    try:
        if options.cooperation not in services().cooperations:
            print(f"no cooperation {options.cooperation}", file=sys.stderr)
            return 2
        count = erase(services(), options.cooperation, options.contact, options.by, options.email)
    except (WrongConfig, StoreUnavailable) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{count} documents forgotten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
