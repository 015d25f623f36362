"""Rows of the table that `run` prints: one line each, parted by tabs."""


def row(check, what, status, detail=""):
    """`status` is ok, failed or skipped; `detail` says why, for people."""
    words = " ".join(str(detail).split())
    print(f"{check}\t{what}\t{status}\t{words}", flush=True)


def verdict(check, what, problems, detail=""):
    """ok without problems, else failed with the first few of them."""
    if not problems:
        return row(check, what, "ok", detail)
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return row(check, what, "failed", "; ".join(problems[:3]) + more)
