"""Of the tests that pytest has collected, keeps those listed in the file at ONLY_THESE."""

import os

from _pytest.junitxml import mangle_test_address


def _name(item):
    *classname, name = mangle_test_address(item.nodeid)
    return '.'.join(classname) + '::' + name


def pytest_collection_modifyitems(config, items):
    with open(os.environ['ONLY_THESE'], encoding='utf-8') as file:
        wanted = set(file.read().splitlines())
    dropped = [item for item in items if _name(item) not in wanted]
    items[:] = [item for item in items if _name(item) in wanted]
    config.hook.pytest_deselected(items=dropped)
