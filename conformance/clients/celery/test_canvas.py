"""Chords, with results in files and the worker polling for completion through the broker."""

import time

import pytest
from celery import chain, chord, group


@pytest.fixture(scope='module')
def files(suite):
    process = suite.worker('files', '-P', 'prefork', '-c', '2', name='files')
    yield suite.app('files')
    process.stop()


def test_a_chord_calls_its_body_with_all_results(files):
    add, total = files.tasks['suite.add'], files.tasks['suite.total']
    result = chord([add.s(n, n) for n in range(10)], total.s()).apply_async()
    assert result.get(timeout=30) == 90


def test_a_group_chained_with_a_task_becomes_a_chord(files):
    add, total = files.tasks['suite.add'], files.tasks['suite.total']
    work = chain(group(add.s(1, 1), add.s(2, 2)), total.s(), add.s(100))
    assert work.apply_async().get(timeout=30) == 106


def test_the_failure_of_a_header_task_fails_the_chord(files):
    add, fail = files.tasks['suite.add'], files.tasks['suite.fail']
    result = chord([add.s(1, 1), fail.s('header')], files.tasks['suite.total'].s()).apply_async()
    with pytest.raises(Exception, match='header'):
        result.get(timeout=30)


def test_a_chord_of_tasks_with_a_countdown_waits_for_them(suite, files):
    add, total = files.tasks['suite.add'], files.tasks['suite.total']
    started = time.monotonic()
    result = chord([add.s(n, 0).set(countdown=1) for n in range(3)], total.s()).apply_async()
    assert result.get(timeout=30) == 3
    assert time.monotonic() - started >= 1


def test_a_group_result_is_saved_and_restored(files):
    add = files.tasks['suite.add']
    result = group(add.s(n, 1) for n in range(5)).apply_async()
    result.save()
    restored = files.GroupResult.restore(result.id)
    assert restored.get(timeout=30) == [1, 2, 3, 4, 5]
