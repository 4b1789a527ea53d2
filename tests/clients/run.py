"""Runs the checks of this folder against a running Multihome, and says how many passed.

scripts/test-clients starts the Multihome and this. A check is a function with @check on it; it takes the Cloud and fails by
raising. Plain Python on purpose: what is tried here is what users have installed, and nothing else.
"""

import importlib
import sys
import time
import traceback

from cloud import CHECKS, Cloud

MODULES = ["job", "launching", "describing", "groups", "refusals", "signatures", "accounts", "repetition", "shell", "metadata"]


def main():
    for module in MODULES:
        importlib.import_module(module)
    wanted = sys.argv[1:]
    cloud = Cloud.from_environment()
    passed, failed = 0, []
    for check in CHECKS:
        name = f"{check.__module__}.{check.__name__}"
        if wanted and not any(text in name for text in wanted):
            continue
        begun = time.monotonic()
        try:
            check(cloud)
        except Exception:
            failed.append(name)
            print(f"FAILED  {name} ({time.monotonic() - begun:.1f} s)")
            traceback.print_exc(file=sys.stdout)
        else:
            passed += 1
            print(f"passed  {name} ({time.monotonic() - begun:.1f} s)")
        sys.stdout.flush()
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    # Nothing tried is nothing known.
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
