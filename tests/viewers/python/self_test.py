#!/usr/bin/python3
"""self_test.py ROWS: was every spoiled segmentation of mutations.py noticed by the checks that have
to notice it, and is there no check that lets everything pass?"""
import sys

from mutations import CAUGHT_BY
from table import row, verdict

# These compare two readers of the same bytes; no bytes make them differ.
CANNOT_FAIL = {"pydicom", "GDCM", "OHIF: CT in place"}


def main():
    rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[1])]
    for name, (_, checks) in CAUGHT_BY.items():
        failed = {r[0] for r in rows if r[1].split(":")[0] == name and r[2] == "failed"}
        skipped = {r[0] for r in rows if r[2] == "skipped"}
        missed = [check for check in checks if check not in failed | skipped]
        verdict("self-test", name, [f"not noticed by {check}" for check in missed],
                f"noticed by {', '.join(sorted(failed))}")
    known = {check for _, checks in CAUGHT_BY.values() for check in checks}
    for check in sorted({r[0] for r in rows if r[2] == "ok"} - known - CANNOT_FAIL):
        row("self-test", check, "failed", "no spoiled segmentation has to be noticed by this check")
    for check in sorted({r[0] for r in rows if r[2] == "skipped"}):
        row("self-test", check, "skipped", "the check was skipped")


if __name__ == "__main__":
    main()
