"""The broker at BROKER_PORT and BROKER_TLS_PORT, where the tests would start one in a container."""

import os

import pytest
from yarl import URL

from tests import docker_client


class Broker:
    """In the place of tests.docker_client.DockerClient."""

    def __init__(self, *_):
        pass

    def run(self, image, ports, environment=None):
        mapped = {
            '5672/tcp': int(os.environ['BROKER_PORT']),
            '5671/tcp': int(os.environ['BROKER_TLS_PORT']),
        }
        return docker_client.ContainerInfo(id='broker', host='127.0.0.1', ports=mapped)

    def kill(self, _identifier):
        pass

    def remove(self, _identifier):
        pass


docker_client.check_docker_available = lambda: None
docker_client.DockerClient = Broker


# aiormq's distribution lacks the file that has these.
@pytest.fixture(scope='session')
def rabbitmq_container():
    return Broker().run('', [])


@pytest.fixture(scope='session')
def amqp_direct_url(rabbitmq_container):
    return URL.build(
        scheme='amqp',
        user='guest',
        password='guest',
        path='//',
        host=rabbitmq_container.host,
        port=rabbitmq_container.ports['5672/tcp'],
    )
