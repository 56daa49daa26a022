"""A pytest plugin: of the tests collected keeps one share, and limits how long they wait."""

import os
import time

import pytest
from celery.app.registry import TaskRegistry

LOG_SECONDS = 20

_register = TaskRegistry.register


def _register_bound(self, task):
    """Celery 5.2 registers the task class of its tests and does not bind it; later versions do."""
    _register(self, task)
    self[task.name].bind(self[task.name].app)


TaskRegistry.register = _register_bound


@pytest.fixture(scope='session')
def celery_worker_parameters():
    """Of the ten seconds that a worker may take to stop a busy machine can need more."""
    return {'shutdown_timeout': 60.0}


def _hurry(items, seconds):
    """Some tests set no limit; the others are not to wait longer than this for what never comes."""
    for module in {item.module for item in items}:
        if hasattr(module, 'TIMEOUT'):
            module.TIMEOUT = seconds
    for item in items:
        item.add_marker(pytest.mark.timeout(2 * seconds), append=False)


def _patient(check):
    def checked(*args):
        end = time.monotonic() + LOG_SECONDS
        while True:
            try:
                return check(*args)
            except AssertionError:
                if time.monotonic() > end:
                    raise

    return checked


def _await_logs(items):
    """
    The tests of what the worker logs leave it to others to have started it, and give it 10 ms. They
    come first, since pool processes that take the place of others log elsewhere.
    """
    tests = [item for item in items if hasattr(item.cls, 'assert_trace_log')]
    for item in tests:
        item.fixturenames.append('celery_session_worker')
    for cls in {item.cls for item in tests}:
        cls.assert_trace_log = _patient(cls.assert_trace_log)
    items.sort(key=lambda item: item not in tests)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    number, of = (int(word) for word in os.environ['SHARE'].split('/'))
    kept = items[number::of]
    _await_logs(kept)
    _hurry(kept, int(os.environ['SHARE_SECONDS']))
    dropped = [item for at, item in enumerate(items) if at % of != number]
    items[:] = kept
    config.hook.pytest_deselected(items=dropped)
