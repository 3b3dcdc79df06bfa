"""Source of a bundle as modules of this process, which disturb nobody."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import threading
import traceback
from dataclasses import replace
from typing import Any

import pytest

from spl.core.entities.bundle import Bundle, DataFile, Module
from spl.core.entities.function import Function
from spl.core.errors import InvalidBundle, ValueNotDecodable
from spl.core.execution.loading import BUNDLE_GLOBAL, load


def bundle_of(sources: dict[str, str], function: str = "f", **more: Any) -> Bundle:
    """Modules by path; the function is in the first."""
    modules = tuple(
        Module(path.removesuffix("/__init__.py").removesuffix(".py").replace("/", "."), path, source)
        for path, source in sources.items()
    )
    functions = (Function(function, module=modules[0].name, qualname=function),)
    return Bundle(function, modules=modules, functions=functions, **more)


def test_a_function_is_loaded_and_called():
    loaded = load(bundle_of({"main.py": "def f(x):\n    return x + 1\n"}))

    assert loaded.functions["f"](1) == 2
    assert list(loaded.modules) == ["main"]


def test_the_same_bundle_is_loaded_once_and_another_one_apart():
    one = bundle_of({"main.py": "state = []\ndef f():\n    return state\n"})
    other = replace(one, python="3.13.99")

    assert load(one).functions["f"]() is load(bundle_of({"main.py": one.modules[0].source})).functions["f"]()
    assert load(one).functions["f"]() is not load(other).functions["f"]()


def test_the_bundle_s_own_modules_come_before_any_other():
    sources = {
        "main.py": "import json\nimport pytest.mark\nfrom utils import name\n"
        "def f():\n    return json.name, name, pytest.mark.x\n",
        "json.py": "name = 'own json'\n",
        "utils.py": "import json\nname = json.name + '!'\n",
        "pytest/__init__.py": "",
        "pytest/mark.py": "x = 1\n",
    }

    assert load(bundle_of(sources)).functions["f"]() == ("own json", "own json!", 1)
    import json

    assert json.loads("1") == 1
    assert not hasattr(pytest.mark, "__spl_bundle__")


def test_imports_inside_functions_find_the_bundle_s_modules_too():
    sources = {
        "main.py": "def f():\n    import pkg.deep as deep\n    from pkg import deep as again, top\n    import pkg\n"
        "    return deep is again is pkg.deep, top\n",
        "pkg/__init__.py": "top = 5\n",
        "pkg/deep.py": "",
    }

    assert load(bundle_of(sources)).functions["f"]() == (True, 5)


def test_relative_imports_and_circles_between_modules_work():
    sources = {
        "pkg/entry.py": "from . import a\nfrom .a import value as v\nfrom .sub.b import other\n"
        "def f():\n    return v, a.later(), other\n",
        "pkg/__init__.py": "from .a import value\n",
        "pkg/a.py": "from . import sub\nvalue = 1\ndef later():\n    return sub.b.other\n",
        "pkg/sub/__init__.py": "",
        "pkg/sub/b.py": "from .. import a\nfrom ...pkg.a import later\nother = a.__name__.rpartition('.')[2]\n",
    }

    assert load(bundle_of(sources)).functions["f"]() == (1, "a", "a")


def test_a_package_without_its_own_file_is_a_package():
    assert (
        load(bundle_of({"main.py": "from a.b.c import x\ndef f():\n    return x\n", "a/b/c.py": "x = 7\n"})).functions[
            "f"
        ]()
        == 7
    )


def test_modules_that_nothing_imports_don_t_run():
    assert load(bundle_of({"main.py": "def f(): return 1\n", "broken.py": "raise SystemExit\n"})).functions["f"]() == 1


def test_star_imports_and_missing_modules_behave_as_in_python():
    sources = {
        "main.py": "from names import *\ndef f():\n    import names.missing\n    return a\n",
        "names.py": "a, _b = 1, 2\n",
    }
    f = load(bundle_of(sources)).functions["f"]

    with pytest.raises(ModuleNotFoundError, match=r"names\.missing"):
        f()
    assert f.__globals__["a"] == 1
    assert "_b" not in f.__globals__


def test_constants_are_there_before_the_source_runs():
    constants = {"A": {"$spl": "tuple", "v": [1, 2]}, "b": [3]}
    source = "TWICE = A * 2\ndef f():\n    return TWICE, b\n"
    bundle = bundle_of({"main.py": source})

    loaded = load(replace(bundle, modules=(replace(bundle.modules[0], constants=constants),)))

    assert loaded.functions["f"]() == ((1, 2, 1, 2), [3])


@pytest.mark.parametrize("module", ["main", "__main__", "elsewhere"])
def test_a_constant_of_a_class_of_the_bundle_is_an_object_of_that_class(module):
    point = {"$spl": "dataclass", "type": f"{module}:Point", "fields": {"x": 1}}
    source = (
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n"
        "def f():\n    return isinstance(P, Point), P.x\n"
    )
    bundle = bundle_of({"main.py": source})

    loaded = load(replace(bundle, modules=(replace(bundle.modules[0], constants={"P": point}),)))

    assert loaded.functions["f"]() == (True, 1)


def test_a_damaged_constant_is_named():
    bundle = bundle_of({"main.py": "def f(): ...\n"})
    damaged = replace(bundle, modules=(replace(bundle.modules[0], constants={"K": {"$spl": "bytes"}}),))

    with pytest.raises(ValueNotDecodable, match="'K'"):
        load(damaged)


def test_tracebacks_and_inspect_show_the_source():
    f = load(bundle_of({"main.py": "# first\f\ndef f():\n    raise ValueError('no')  # here\n"})).functions["f"]

    with pytest.raises(ValueError, match="no") as caught:
        f()

    text = "".join(traceback.format_exception(caught.value))
    assert "raise ValueError('no')  # here" in text
    assert '/main.py", line 3, in f' in text
    assert inspect.getsource(f) == "def f():\n    raise ValueError('no')  # here\n"
    assert inspect.getmodule(f).__file__.startswith("<spl f ")


def test_a_module_that_fails_says_which_bundle_it_is_of_and_can_be_tried_again():
    sources = {"main.py": "import other\ndef f(): ...\n", "other.py": "import nowhere_to_be_found\n"}
    bundle = bundle_of(sources)

    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found") as caught:
            load(bundle)
        assert caught.value.__notes__ == ["This happened while the bundle of 'f' was loaded."]


def test_a_function_that_is_not_there_is_named():
    with pytest.raises(InvalidBundle, match=r"'main' defines no callable 'g'"):
        load(bundle_of({"main.py": "def f(): ...\n"}, "g"))
    with pytest.raises(InvalidBundle, match=r"'main' defines no callable 'g'"):
        load(bundle_of({"main.py": "g = 1\n"}, "g"))


def test_data_files_are_beside_the_modules():
    source = (
        "import importlib.resources, pkgutil\nfrom pathlib import Path\n"
        "def f():\n"
        "    return [(Path(__file__).parent / 'd' / 'x.txt').read_text(),\n"
        "        importlib.resources.files(__package__).joinpath('d/x.txt').read_text(),\n"
        "        pkgutil.get_data(__package__, 'd/x.txt').decode()]\n"
    )
    files = (DataFile("pkg/d/x.txt", b"data"),)
    f = load(bundle_of({"pkg/mod.py": source, "pkg/__init__.py": ""}, files=files)).functions["f"]

    assert f() == ["data"] * 3
    assert inspect.getsource(f).startswith("def f():")


def test_the_folder_of_data_files_is_gone_when_the_process_ends(tmp_path):
    code = (
        "from spl.core.entities.bundle import *\nfrom spl.core.entities.function import Function\n"
        "from spl.core.execution.loading import load\n"
        "b = Bundle('f', modules=(Module('m', 'm.py', 'def f(): return __file__'),), files=(DataFile('x', b''),),\n"
        "    functions=(Function('f', module='m', qualname='f'),))\n"
        "print(load(b).functions['f']())"
    )
    environment = {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "PATH": ""}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)

    assert done.stdout.startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_data_file_can_t_be_written_elsewhere():
    with pytest.raises(InvalidBundle, match=r"out\.txt"):
        load(bundle_of({"main.py": "def f(): ...\n"}, files=(DataFile("../out.txt", b""),)))


def test_objects_of_the_bundle_s_classes_can_be_pickled_here():
    f = load(bundle_of({"main.py": "class C:\n    pass\ndef f():\n    return C()\n"})).functions["f"]

    assert type(pickle.loads(pickle.dumps(f()))) is type(f())


def test_every_module_knows_its_bundle():
    bundle = bundle_of({"main.py": "def f(): ...\n"})

    assert load(bundle).functions["f"].__globals__[BUNDLE_GLOBAL] is bundle


def test_many_threads_load_one_bundle_once():
    bundle = bundle_of({"main.py": "import time\ntime.sleep(0.01)\nmarker = object()\ndef f():\n    return marker\n"})
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(load(bundle).functions["f"]())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_other_imports_are_as_they_were():
    before = __import__
    load(bundle_of({"main.py": "import colorsys\ndef f(): ...\n", "colorsys.py": "own = True\n"}))
    import colorsys

    assert __import__ is before
    assert not hasattr(colorsys, "own")
