import subprocess
import sys

import pytest


@pytest.mark.thorough
def test_unused_libraries_are_not_loaded_and_work_when_used() -> None:
    """Great Expectations is imported without them; whoever uses one gets the real module."""
    script = (
        "import sys, types\n"
        "from tasks.quality.run_quality import LAZY, lean_import\n"
        "with lean_import():\n"
        "    import tasks.quality.table_quality\n"
        "loaded = [name for name in LAZY if type(sys.modules.get(name)) is types.ModuleType]\n"
        "import scipy.stats\n"
        "print(loaded, round(float(scipy.stats.norm.cdf(0)), 1))\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.stdout, ended.returncode) == ("[] 0.5\n", 0), ended.stderr
