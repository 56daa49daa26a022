"""As far as the tests use it, the same as the standard library has by now."""

from unittest.mock import Mock, patch

__all__ = ['Mock', 'patch']
