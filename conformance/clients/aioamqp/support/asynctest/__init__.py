"""What the tests use of asynctest, which no Python after 3.10 can load."""

import asyncio
import functools
import inspect
import unittest


class TestCase(unittest.TestCase):
    """Runs each test in a loop of its own, which is there from the beginning of setUp."""

    def __init__(self, method='runTest'):
        super().__init__(method)
        test = getattr(self, method, None)
        if not inspect.iscoroutinefunction(test):
            return

        @functools.wraps(test)
        def run():
            self.loop.run_until_complete(test())

        setattr(self, method, run)

    def setUp(self):
        super().setUp()
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

    def tearDown(self):
        self.loop.close()
        super().tearDown()
