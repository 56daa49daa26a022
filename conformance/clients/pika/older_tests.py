"""Gives a later pika the names that the tests of 1.3 look for in it."""

import pika.compat

for _name, _value in {'PY3': True, 'xrange': range}.items():
    if not hasattr(pika.compat, _name):
        setattr(pika.compat, _name, _value)
