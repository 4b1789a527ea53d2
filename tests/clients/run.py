"""Runs the checks of this folder against a running Multihome, and says how many passed.

scripts/test-clients starts the Multihome and this. A check is a function with @check on it; it takes the Cloud and fails by
raising, or when a reply to it was not as botocore's model has it. Plain Python on purpose: what is tried here is what users have
installed, and nothing else.
"""

import importlib
import re
import sys
import time
import traceback
from pathlib import Path

from cloud import CHECKS, Cloud
from witness import Witness

MODULES = [
    "filters",
    "job",
    "launching",
    "instances",
    "describing",
    "groups",
    "gateways",
    "networks",
    "addresses",
    "routing",
    "vpcs",
    "secondary",
    "permissions",
    "acls",
    "dhcp",
    "refusals",
    "signatures",
    "accounts",
    "repetition",
    "shell",
    "playbooks",
    "metadata",
    "oracle_itself",
]

# Where the server lists what it serves: a line of `run` for each operation, with the function that performs it.
DISPATCH = Path(__file__).parents[2] / "services/api/src/dispatch.rs"


def every_operation_is_answered(witness):
    def every_operation_that_is_served_was_answered(_):
        served = set(re.findall(r"^\s+([A-Z][A-Za-z0-9]+) => [a-z0-9_]+,$", DISPATCH.read_text(), re.MULTILINE))
        assert len(served) > 50, f"{DISPATCH} has another form"
        missing = served - witness.answered
        assert not missing, f"no check had an answer from {', '.join(sorted(missing))}"
        print(f"{len(served)} operations were answered, and every reply was as botocore's model has it")

    return every_operation_that_is_served_was_answered


def main():
    for module in MODULES:
        importlib.import_module(module)
    wanted = sys.argv[1:]
    cloud = Cloud.from_environment()
    witness = Witness(cloud.endpoint)
    cloud.endpoint = witness.endpoint
    passed, failed = 0, {}
    for check in [*CHECKS, *([] if wanted else [every_operation_is_answered(witness)])]:
        name = f"{check.__module__}.{check.__name__}"
        if wanted and not any(text in name for text in wanted):
            continue
        begun, why = time.monotonic(), []
        try:
            check(cloud)
        except Exception:
            why.append(traceback.format_exc())
        if faults := witness.faults():
            why.append("\n    ".join(["replies that are not as botocore's model has them:", *faults]))
        if why:
            failed[name] = why
        else:
            passed += 1
        print(f"{'FAILED' if why else 'passed'}  {name} ({time.monotonic() - begun:.1f} s)")
        sys.stdout.flush()
    for name, why in failed.items():
        print(f"\nfailed: {name}", *why, sep="\n")
    print(f"{passed} passed, {len(failed)} failed")
    # Nothing tried is nothing known.
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
