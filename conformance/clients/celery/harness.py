"""What the tests share: the broker's address, Celery processes, the journal, waiting."""

import os
import signal
import subprocess
import sys
import time
import uuid
from urllib.parse import urlsplit, urlunsplit

from profiles import make_app

HERE = os.path.dirname(os.path.abspath(__file__))


def wait_for(condition, seconds=20, what='the condition'):
    """Return condition()'s first true value; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {seconds} s in vain for {what}')
        time.sleep(0.05)


class Process:
    """A Celery process in a process group of its own, its output in a file."""

    def __init__(self, suite, name, profile, arguments, url=None):
        self.name = name
        self.log = os.path.join(suite.folder, f'{name}.log')
        environment = {**os.environ, 'SUITE_PROFILE': profile, 'SUITE_URL': url or suite.url}
        with open(self.log, 'ab') as output:
            self.popen = subprocess.Popen(
                [sys.executable, '-u', '-m', 'celery', '-A', 'worker_app', *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                cwd=HERE, env=environment, start_new_session=True,
            )
        with open(os.path.join(suite.folder, 'pids'), 'a') as pids:
            pids.write(f'{self.popen.pid}\n')

    def output(self):
        with open(self.log, errors='replace') as log:
            return log.read()

    def wait_output(self, text, seconds=30, times=1):
        def seen():
            if self.output().count(text) >= times:
                return True
            assert self.popen.poll() is None, f'{self.name} ended:\n{self.output()[-4000:]}'
            return False

        try:
            wait_for(seen, seconds, f'{text!r} from {self.name}')
        except AssertionError as failure:
            raise AssertionError(f'{failure}\n{self.output()[-4000:]}') from None

    def signal(self, number):
        os.kill(self.popen.pid, number)

    def kill(self):
        """SIGKILL for the whole group: parent and pool die together, as in a power cut."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait(10)

    def stop(self, seconds=15):
        """A warm shutdown; SIGKILL when that takes too long. Returns the exit status."""
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        status = self.popen.poll()
        self.kill()
        return status


class Suite:
    """One run of the tests against one broker with one version of Celery."""

    def __init__(self, url, prefix, folder):
        self.url = url
        self.prefix = prefix
        self.folder = folder
        self.journal = os.environ['SUITE_JOURNAL']
        self.processes = []
        self.apps = []

    def app(self, profile='defaults', url=None, **settings):
        app = make_app(profile, url or self.url, self.prefix)
        app.conf.update(settings)
        app.set_current()
        app.finalize()
        self.apps.append(app)
        return app

    def url_through(self, proxy):
        parts = urlsplit(self.url)
        credentials, at, _ = parts.netloc.rpartition('@')
        return urlunsplit(parts._replace(netloc=f'{credentials}{at}127.0.0.1:{proxy.port}'))

    def worker(self, profile, *arguments, name=None, url=None, neighbourly=False):
        """Start a worker and wait until it consumes. `neighbourly`: with gossip and mingle."""
        name = name or f'{profile}-{len(self.processes)}'
        quiet = [] if neighbourly else ['--without-gossip', '--without-mingle']
        process = Process(self, name, profile, [
            'worker', '-n', self.node(name), '-l', 'INFO', *quiet, *arguments,
        ], url)
        self.processes.append(process)
        process.wait_output(' ready.', 45)
        return process

    def node(self, name):
        return f'{name}@{self.prefix}'

    def spawn(self, name, profile, *arguments):
        process = Process(self, name, profile, arguments)
        self.processes.append(process)
        return process

    def command(self, *arguments, profile='defaults', seconds=40, check=True):
        """Run `celery -A worker_app …` to its end; return its output."""
        done = subprocess.run(
            [sys.executable, '-m', 'celery', '-A', 'worker_app', *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=HERE, env={**os.environ, 'SUITE_PROFILE': profile, 'SUITE_URL': self.url},
            timeout=seconds, text=True,
        )
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def key(self):
        return uuid.uuid4().hex

    def lines(self, key):
        """The journal's lines about `key`, each as its list of words without the key."""
        try:
            with open(self.journal) as journal:
                return [line.split()[1:] for line in journal if line.startswith(key + ' ')]
        except FileNotFoundError:
            return []

    def wait_lines(self, key, count, seconds=20):
        wait_for(lambda: len(self.lines(key)) >= count, seconds,
                 f'{count} journal lines (there are {self.lines(key)})')
        return self.lines(key)

    def declared(self, name):
        """Queue `name` as a passive declare tells it: (name, messages, consumers), or None."""
        app = self.apps[0]
        with app.connection_for_read() as connection:
            try:
                return connection.default_channel.queue_declare(name, passive=True)
            except connection.channel_errors:
                return None

    def close(self):
        for process in self.processes:
            process.stop(5)
        for app in self.apps:
            app.close()
