"""The figures that docs/benchmarks.md lists, each with its target."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One figure with what it is to be.

    `place`: the result's name and the keys that lead to the figure. `most`/`least`: the target;
    neither for a figure without a target.
    """

    label: str
    place: tuple[str, ...]
    most: float | None = None
    least: float | None = None

    def verdict(self, figure: float) -> str:
        """Return 'met' or 'MISSED'; nothing where there is no target."""
        if self.most is None and self.least is None:
            return ""
        is_met = (self.most is None or figure <= self.most) and (
            self.least is None or figure >= self.least
        )
        return "met" if is_met else "**MISSED**"

    def aim(self) -> str:
        """Return the target in words."""
        if self.most is not None:
            return f"≤ {self.most:g}"
        return "" if self.least is None else f"≥ {self.least:g}"


def _bytes(label: str, *place: str) -> list[Target]:
    full = {"OWID": 0.010, "SMALL": 0.10, "UNDP": 0.20}.get(label)
    floor = 2.0 if label in {"OWID", "SMALL", "UNDP"} else None
    lake = 0.06 if label == "OWID" else None
    packed = 1.0 if label not in {"OWID", "SMALL"} else None
    targets = [
        Target(f"{label}: log / full snapshots", (*place, "log / full"), full),
        Target(f"{label}: log and bases / full snapshots", (*place, "log and bases / full")),
        Target(f"{label}: log / byte floor", (*place, "log / floor"), floor),
        Target(f"{label}: everything, published files too / full", (*place, "everything / full")),
        Target(f"{label}: the whole lake, raw archive too / full", (*place, "lake / full"), lake),
        Target(f"{label}: log / Delta log, as appended", (*place, "log / delta log")),
        Target(f"{label}: log / Delta log, optimised", (*place, "log / delta log, optimised")),
        Target(f"{label}: Delta merge / full, a version", (*place, "delta merge / full")),
    ]
    if label != "OWID":
        targets.append(Target(f"{label}: log / git pack", (*place, "log / git pack"), packed))
    return targets


def _unattended(kind: str) -> list[Target]:
    def of(figure: str) -> tuple[str, ...]:
        return "unattended", kind, figure

    label = "Whole ingest" if kind == "clean" else "Whole ingest, a row in quarantine"
    return [
        Target(f"{label}: requests, median", of("requests, median"), 30 if kind == "clean" else 60),
        Target(f"{label}: requests, most (it gathers segments)", of("requests, most"), 100),
        Target(f"{label}: requests, last 32 / first 32", of("requests, last 32 / first 32"), 1.05),
        Target(f"{label}: requests with quality checks", of("requests with checks")),
        Target(f"{label}: latency at 50 ms a request [s]", of("50 ms a request [s]"), 3),
        Target(
            f"{label}: the same, one request after another [s]",
            of("50 ms a request, one after another [s]"),
        ),
    ]


def _validation(size: str) -> list[Target]:
    targets: list[Target] = []
    for kind in ("clean", "0.2 % bad"):
        label, place = f"Validation of {size} rows, {kind}", ("validation", "rows", size, kind)
        targets += [
            Target(f"{label}: ours / raw polars", (*place, "ours / polars"), 2.0),
            Target(
                f"{label}: ours / raw polars, keys by hash", (*place, "ours / polars, keys by hash")
            ),
            Target(f"{label}: ours / dataframely", (*place, "ours / dataframely")),
            Target(f"{label}: peak memory [MB]", ("validation", "memory", size, kind, "peak_mb")),
        ]
    return targets


TARGETS = (
    *_bytes("OWID", "owid", "bytes"),
    *_bytes("SMALL", "small", "bytes"),
    *_bytes("UNDP", "real", "undp_vaccine_equity"),
    *_bytes("FIND time series", "real", "find_tests_timeseries"),
    *_bytes("FIND unit info", "real", "find_unit_info"),
    Target(
        "OWID: ingest of the newest, fresh process / CSV parse", ("owid", "fresh", "ratio"), 3.5
    ),
    Target("OWID: its peak memory / parsing alone", ("owid", "fresh", "peak_ratio"), 2.2),
    Target(
        "OWID: ingests, last tenth / first tenth",
        ("owid", "ingest", "last_tenth / first_tenth"),
        1.15,
    ),
    Target("OWID: archiving a body / CSV parse, CPU", ("owid", "archive", "ratio"), 1.5),
    Target("OWID: ingest in one process / CSV parse, mean", ("owid", "ingest", "mean_ratio")),
    Target(
        "OWID: ingest / (parse + diff + Delta merge)",
        ("owid", "ingest", "ingest / (parse + diff + delta merge)"),
    ),
    Target("OWID: as-of / reading one full file, worst", ("owid", "as_of", "worst_ratio"), 3.0),
    Target(
        "OWID: as-of / reading one full file, newest", ("owid", "as_of", "newest", "ratio"), 1.1
    ),
    Target(
        "OWID: diff over 20 versions / reading both and joining", ("owid", "diff", "ratio"), 0.25
    ),
    Target(
        "OWID: the same / reading both and listing the same cells",
        ("owid", "diff", "ratio_to_the_same_cells"),
    ),
    Target("OWID: requests an ingest, median", ("owid", "requests", "median"), 10),
    Target(
        "OWID: requests, last tenth / first tenth",
        ("owid", "requests", "last_tenth / first_tenth"),
        1.0,
    ),
    Target("OWID: requests an ingest, most", ("owid", "requests", "most")),
    Target("SMALL: requests an ingest, median", ("small", "requests", "median"), 10),
    Target(
        "SMALL: requests, last tenth / first tenth",
        ("small", "requests", "last_tenth / first_tenth"),
        1.0,
    ),
    Target(
        "SMALL: ingests, last tenth / first tenth", ("small", "ingest", "last_tenth / first_tenth")
    ),
    Target(
        "OWID: backfill, speed / that of parsing the CSV", ("owid", "backfill", "speed"), None, 0.4
    ),
    *(target for kind in ("clean", "quarantine") for target in _unattended(kind)),
    *(
        Target(f"Serving: {label} [CPU s]", ("serving", *place))
        for label, place in (
            ("`serve`, idle, a minute", ("idle_cpu_s_per_minute", "serve")),
            ("its server, idle, a minute", ("idle_cpu_s_per_minute", "server")),
            (
                "its server with 1,000 deployments, a tick of the scheduler each minute",
                ("cpu_s_per_minute_with_deployments", "server"),
            ),
            (
                "registering 1,000 deployments, their next runs scheduled meanwhile",
                ("cpu_s_to_register",),
            ),
        )
    ),
    Target("Tracked ingest: CPU above a plain one [s]", ("tracking", "more", "CPU [s]"), 2),
    Target(
        "Tracked ingest: CPU of the Prefect server above a plain one [s]",
        ("tracking", "more", "CPU of the server [s]"),
        2,
    ),
    Target("Tracked ingest: wall above a plain one [s]", ("tracking", "more", "wall [s]")),
    Target("UNDP: ingest / Delta merge of the same rows, CPU", ("pipeline", "wide", "ratio"), 1.5),
    Target("UNDP: the same, mean of ten", ("pipeline", "wide", "mean_ratio")),
    Target("OWID: whole flow of an ingest / CSV parse, CPU", ("pipeline", "flow", "ratio"), 8),
    *(
        Target(
            f"Backfill of {source} [vintages a second]",
            ("pipeline", "backfill", source, "vintages a second"),
            None,
            least,
        )
        for source, least in (
            ("undp_vaccine_equity", 10.5),
            ("hdx_humanitarian", 27),
            ("find_tests", 38),
        )
    ),
    *(
        Target(
            f"Backfill of {source} [vintages a CPU second]",
            ("pipeline", "backfill", source, "vintages a CPU second"),
        )
        for source in ("undp_vaccine_equity", "hdx_humanitarian", "find_tests")
    ),
    Target("All rules on 1,000 series of 150 weeks [CPU ms]", ("rules", "all rules [CPU ms]"), 100),
    Target(
        "An ingest at 1,000 vintages / at 10, whole command [CPU]",
        ("rules", "command, many / few"),
        1.2,
    ),
    Target(
        "An ingest at 1,000 vintages / at 10, in a running process [CPU]",
        ("rules", "CPU, many / few"),
        1.2,
    ),
    Target(
        "An ingest at 1,000 vintages / at 10 [requests]", ("rules", "requests, many / few"), 1.2
    ),
    Target("Demo, whole process [CPU s]", ("commands", "demo, first run [CPU s]"), 14),
    Target(
        "Ingest of a file without changes, whole process [CPU s]",
        ("commands", "ingest of one file [CPU s]"),
        7,
    ),
    Target(
        "Ingest of a file with changes, whole process [CPU s]",
        ("rules", "command at 10 [CPU s]"),
        7,
    ),
    Target(
        "Reading command, the slowest / import of polars",
        ("commands", "worst read / import polars"),
        2.2,
    ),
    Target("Requests of `asof latest`", ("commands", "requests of asof latest"), 6),
    *(target for size in ("1 M", "10 M") for target in _validation(size)),
    *(
        Target(
            f"Validation of 1 M rows, all {kind}: peak memory [MB]",
            ("validation", "all bad", kind, "peak_mb"),
            300,
        )
        for kind in ("unreadable", "doubled", "implausible")
    ),
    Target(
        "Validation: a bad row, beyond a good one [µs]",
        ("validation", "rows", "1 M", "a bad row", "us"),
    ),
    Target(
        "Validation: a bad row in the list [bytes]",
        ("validation", "rows", "1 M", "a bad row", "bytes"),
    ),
    Target("Flags of 200,000 published rows [ms]", ("validation", "flags", "ms"), 100),
    *(
        Target(
            f"Expectations of a table of {size} rows, its page made [ms]",
            ("expectations", "table", size, "ms"),
            2000,
        )
        for size in ("1 k", "20 k", "200 k")
    ),
    Target("Expectations: import, once a process [s]", ("expectations", "import_s")),
    Target("Large falls of real tables that an alert reports", ("real_falls", "found"), least=0.97),
    *(
        Target(f"Marts, {case} [CPU s]", ("marts", case, "cpu_s"), most)
        for case, most in (
            ("from scratch", 20),
            ("after a small version", 1),
            ("after a large version", 3),
        )
    ),
    Target("Marts: peak memory [MB]", ("marts", "from scratch", "peak_mb"), 1000),
    Target("Marts of an unchanged lake: requests", ("marts", "unchanged", "requests")),
    *(
        Target(f"Site, {label}", ("site", label), most)
        for label, most in (
            ("from scratch [CPU s]", 60),
            ("a small version [CPU s]", 5),
            ("nothing new [CPU s]", None),
            ("front page [kB]", 150),
            ("largest country page [kB]", 400),
        )
    ),
)
