"""Run the benchmarks and print them as a table; the same as JSON in DATA_DIR/bench/.

`make bench ARGS="intake"` runs one alone; `laws` and `day` run only when they are asked for.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime

from bench import board, day, decide, intake, laws, live, places, preview, recommend, timers
from bench.figures import Figure
from config.datadir import default_data_dir

BENCHES = {
    "decide": decide.run,
    "intake": intake.run,
    "recommend": recommend.run,
    "places": places.run,
    "console": board.run,
    "live": live.run,
    "preview": preview.run,
    "timers": timers.run,
}
ON_REQUEST = {"laws": laws.run, "day": day.run}  # take minutes; one measures no speed, one needs a file


def main() -> int:
    wanted = sys.argv[1:] or list(BENCHES)
    known = BENCHES | ON_REQUEST
    if unknown := set(wanted) - set(known):
        print(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
        return 2
    figures: list[Figure] = []
    for name in wanted:
        print(f"{name} …", flush=True)
        figures += known[name]()
    print()
    width = max(len(figure.what) for figure in figures)
    for figure in figures:
        print(f"  {figure.what:{width}}  {figure.shown:>12}   {figure.reach}")
    at = datetime.now(UTC)
    told = {
        "at": at.isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "figures": [figure.as_json() for figure in figures],
    }
    folder = default_data_dir() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{at:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(told, indent=1))
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
