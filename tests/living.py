"""Files of sources that are overwritten today: four Julys of coverage and six days of cases."""

from pathlib import Path

COVERED = ("MEX", "BRA", "PER", "COL", "TCD")
CASES = ("UGA", "RWA", "COD", "BDI", "KEN", "ZMB")


def coverage(july: int) -> str:
    """Return WUENIC's file of a July: Chad's past falls below 80 % in the third; others rise."""
    lines = ["DATAFLOW,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_FOOTNOTE"]
    for at, iso3 in enumerate(COVERED):
        for year in range(2015, 2020 + july):
            percent = 60 if (iso3, july >= 2, year) == ("TCD", True, 2018) else 85 + at
            lines.append(f"UNICEF:IMMUNISATION(1.0),{iso3},IM_DTP3,{year},{percent},A,")
    return "\n".join([*lines, ""])


def cases(day: int) -> str:
    """Return WHO's table of a day: Uganda's total falls by a third on the fifth, Zambia stops."""
    figures = "TOTAL_CONF_CASES,NEW_CONF_CASES,TOTAL_CONF_DEATHS,NEW_CONF_DEATHS"
    lines = [f"COUNTRY,ISO3,WHO_REGION,DATE,{figures}"]
    for at, iso3 in enumerate(CASES):
        for seen in range(1, 2 if iso3 == "ZMB" else day + 1):
            total = 9_000 + 700 * at + (40 + 3 * at) * seen + seen * (at + 3) % 7
            shown = total * 2 // 3 if iso3 == "UGA" and day >= 5 else total
            lines.append(f"{iso3},{iso3},AFRO,2025-02-{seen:02},{shown},,{at},")
    return "\n".join([*lines, ""])


def living_files(folder: Path) -> list[Path]:
    """Write the files, a folder for each source, and return the folders."""
    files = {f"unicef_wuenic/{2020 + at}-07-15.csv": coverage(at) for at in range(4)}
    files |= {f"who_mpox/2025-02-{day + 1:02}.csv": cases(day) for day in range(1, 7)}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return sorted({(folder / name).parent for name in files})
