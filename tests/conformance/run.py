"""Tries the behaviours of this folder at an EC2 endpoint, and says how many it has. scripts/conformance starts this."""

import argparse
import importlib
import json
import sys
import time
import traceback
from collections import Counter

from behaviour import BEHAVIOURS, NotSupported, Skipped
from botocore.exceptions import BotoCoreError, ClientError
from cloud import UNSUPPORTED, Cloud

MODULES = ["creating", "repeating", "describing", "filtering", "attaching", "detaching", "modifying", "deleting"]
MODULES += ["assigning", "doubling", "counting", "associating", "launching", "routing", "depending", "sharing"]

WIDTH = max(map(len, ("passed", "failed", "not-supported", "skipped")))


def options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/conformance")
    parser.add_argument("endpoint", nargs="?")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--key", default="test")
    parser.add_argument("--secret", default="test")
    parser.add_argument("--second-key")
    parser.add_argument("--second-secret", default="test")
    parser.add_argument("--image")
    parser.add_argument("--patience", type=float, default=120)
    parser.add_argument("--at-least", type=int)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--traces", action="store_true")
    found = parser.parse_intermixed_args(arguments)
    if not found.endpoint and not found.list:
        parser.error("an endpoint is needed, such as http://127.0.0.1:4566")
    return found


def attempt(cloud, behaviour, traces):
    """The outcome and the reason of it."""
    try:
        behaviour.function(cloud)
    except Skipped as why:
        return "skipped", str(why)
    except NotSupported as why:
        return "not-supported", str(why)
    except ClientError as why:
        code, status = why.response["Error"].get("Code", ""), why.response["ResponseMetadata"].get("HTTPStatusCode")
        said = f"{why.operation_name}: {code}: {why.response['Error'].get('Message', '')}"
        if traces:
            traceback.print_exc()
        return ("not-supported" if code in UNSUPPORTED or status == 501 else "failed"), said
    except BotoCoreError as why:
        return "failed", f"{type(why).__name__}: {why}"
    except Exception as why:
        if traces:
            traceback.print_exc()
        [*_, where] = traceback.extract_tb(why.__traceback__)
        # An assertion without words says itself what was expected.
        return "failed", f"{type(why).__name__ if not isinstance(why, AssertionError) else 'expected'}: {str(why) or where.line}"
    return "passed", ""


def main():
    asked = options(sys.argv[1:])
    for module in MODULES:
        importlib.import_module(module)
    listed = list(enumerate(BEHAVIOURS, 1))
    chosen = [(number, found) for number, found in listed if not asked.words or any(word in found.id or word == str(number) for word in asked.words)]
    if asked.list:
        for number, found in chosen:
            print(f"{number:03} {found.id}: {found.sentence}\n    {', '.join(found.sources)}")
        return 0
    if not chosen:
        print("no behaviour has one of these words in its id", file=sys.stderr)
        return 1
    cloud, results, say = Cloud(asked), [], sys.stderr if asked.json else sys.stdout
    for number, found in chosen:
        begun = time.monotonic()
        outcome, why = attempt(cloud, found, asked.traces)
        seconds = time.monotonic() - begun
        left = cloud.tidy()
        results.append({"number": number, "id": found.id, "sentence": found.sentence, "sources": found.sources, "outcome": outcome, "why": why, "left": left})
        print(f"{outcome:{WIDTH}} {number:03} {found.id}: {found.sentence} ({seconds:.1f} s)", file=say)
        if why:
            print(f"{'':{WIDTH}}     {why[:1000]}", file=say)
        say.flush()
    cloud.close()
    return conclude(asked, results)


def conclude(asked, results):
    count = Counter(result["outcome"] for result in results)
    passed, tried = count["passed"], len(results) - count["skipped"]
    if asked.json:
        print(json.dumps({"endpoint": asked.endpoint, "passed": passed, "tried": tried, "skipped": count["skipped"], "behaviours": results}, indent=2))
    else:
        left = sum(len(result["left"]) for result in results)
        notes = [f"{count['failed']} failed", f"{count['not-supported']} not supported", f"{count['skipped']} skipped", f"{left} things left behind"]
        print(f"{', '.join(note for note in notes if not note.startswith('0 ')) or 'nothing failed'}\nscore: {passed} of {tried}")
    if asked.at_least is not None:
        if passed < asked.at_least:
            print(f"scripts/conformance: {passed} pass, and {asked.at_least} have to", file=sys.stderr)
        return int(passed < asked.at_least)
    # Nothing tried is nothing known.
    return int(passed < tried or not tried)


if __name__ == "__main__":
    sys.exit(main())
