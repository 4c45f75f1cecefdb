import subprocess
import sys

import pytest


@pytest.mark.thorough
def test_unused_libraries_are_not_loaded_and_work_when_used() -> None:
    """Great Expectations is imported without them; whoever uses one gets the real module.

    What is absent for it is there for another thread meanwhile, and for everyone later.
    """
    script = (
        "import sys, types\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from importlib import import_module\n"
        "from tasks.quality.run_quality import ABSENT, LAZY, lean_import\n"
        "with lean_import():\n"
        "    import tasks.quality.table_quality\n"
        "    unused = ABSENT not in sys.modules\n"
        "    with ThreadPoolExecutor(1) as other:\n"
        "        beside = other.submit(import_module, ABSENT).result()\n"
        "loaded = [name for name in LAZY if type(sys.modules.get(name)) is types.ModuleType]\n"
        "import scipy.stats\n"
        "print(loaded, round(float(scipy.stats.norm.cdf(0)), 1), unused, beside.__name__)\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.stdout, ended.returncode) == ("[] 0.5 True sqlalchemy\n", 0), ended.stderr
