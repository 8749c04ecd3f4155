"""The ordered lists of checks are complete."""

import importlib
import inspect
import pkgutil

from pipelines.config import checks
from pipelines.config.checks import LABEL_CHECKS, RUN_CHECKS
from schemas.config.blocks import Config


def test_every_check_of_a_config_alone_stands_in_one_list_once() -> None:
    modules = [
        importlib.import_module(f"{checks.__name__}.{module.name}")
        for module in pkgutil.iter_modules(checks.__path__)
    ]

    of_config = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("check_")
        and list(inspect.get_annotations(function).items())
        == [("config", Config), ("return", None)]
    }

    assert sorted(map(repr, (*LABEL_CHECKS, *RUN_CHECKS))) == sorted(map(repr, of_config))
