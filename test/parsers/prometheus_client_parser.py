"""Reads an exposition on stdin with the parser of prometheus-client and prints what it understood, as JSON.

The first argument is the format: `openmetrics` (strict) or `text`. Exits with 1 and the reason if it refuses the text.
"""

import json
import sys


def exemplar_of(sample):
    exemplar = sample.exemplar
    return None if exemplar is None else {"labels": exemplar.labels, "value": exemplar.value}


def main():
    if sys.argv[1] == "openmetrics":
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
    else:
        from prometheus_client.parser import text_string_to_metric_families as parse
    families = [
        {
            "name": family.name,
            "type": family.type,
            "samples": [
                {"name": s.name, "labels": s.labels, "value": s.value, "exemplar": exemplar_of(s)}
                for s in family.samples
            ],
        }
        for family in parse(sys.stdin.read())
    ]
    json.dump(families, sys.stdout)


try:
    main()
except Exception as error:  # the parser raises ValueError and others
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(1)
