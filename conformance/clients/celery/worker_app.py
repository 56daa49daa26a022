"""What `celery -A worker_app` loads: the application that the environment names."""

import os

from profiles import make_app

app = make_app(os.environ['SUITE_PROFILE'], os.environ['SUITE_URL'], os.environ['SUITE_PREFIX'])
