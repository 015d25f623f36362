#!/usr/bin/env python3
"""Prints reports of `hilum model evaluate --json` as one table in Markdown.

usage: score_table.py FILE=TITLE ...
"""
import json
import sys

MEASURES = [
    ("any vessel", "any_vessel_dice", "{:.3f}"),
    ("mean Dice", "mean_dice", "{:.3f}"),
    ("surface Dice", "mean_surface_dice", "{:.3f}"),
    ("centreline Dice", "mean_centreline_dice", "{:.3f}"),
    ("A/V from 4 mm", "vessel_confusion_from_4_mm", "{:.1%}"),
    ("sides from 4 mm", "side_confusion_from_4_mm", "{:.1%}"),
]


def number(value, form):
    if isinstance(value, dict):
        value = value["mean"]
    return "-" if value is None else form.format(value)


def main(arguments):
    if not arguments or any("=" not in one for one in arguments):
        sys.exit(__doc__.strip())
    print("| model | " + " | ".join(title for title, _, _ in MEASURES) + " |")
    print("|---" * (len(MEASURES) + 1) + "|")
    for argument in arguments:
        path, title = argument.split("=", 1)
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        summary = report["summary"]
        row = [number(summary[key], form) for _, key, form in MEASURES]
        print(f"| {title} | " + " | ".join(row) + " |")
    print(f"\n{summary['cases']} cases ({report['data']}), mean of each. {report['warning']}")


main(sys.argv[1:])
