"""A TCP proxy that loses connections when told to."""

import select
import socket
import struct
import threading


class Proxy:
    """Forward 127.0.0.1:`port` to one target until closed."""

    def __init__(self, host, port):
        self._target = (host, port)
        self._pairs = []
        self._open = True
        self._held = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(self._target, timeout=5)
            except OSError:
                client.close()
                continue
            broker.settimeout(None)
            with self._lock:
                self._pairs.append((client, broker))
            threading.Thread(target=self._pump, args=(client, broker), daemon=True).start()

    def _pump(self, client, broker):
        """Copy both ways; a pair that is frozen stays open and carries nothing any more."""
        other = {client: broker, broker: client}
        try:
            while True:
                # Short waits: a socket closed meanwhile is reset only when select returns.
                readable, _, _ = select.select([client, broker], [], [], 0.05)
                if (client, broker) in self._held:
                    return
                for source in readable:
                    data = source.recv(65536)
                    if not data:
                        return
                    other[source].sendall(data)
        except (OSError, ValueError):
            return
        finally:
            if (client, broker) not in self._held:
                self._drop(client, broker)

    def freeze(self):
        """Let every present connection go silent without closing it; new ones work."""
        with self._lock:
            self._held.update(self._pairs)

    def cut(self):
        """Reset every present connection, on both sides; new ones work. Returns how many."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._drop(*pair, reset=True)
        return len(pairs)

    def cut_frozen(self):
        """Reset the connections that `freeze` silenced, as a router does in the end."""
        for pair in list(self._held):
            self._drop(*pair, reset=True)

    def _drop(self, *pair, reset=False):
        with self._lock:
            if pair not in self._pairs:
                return
            self._pairs.remove(pair)
        for side in pair:
            try:
                if reset:
                    # Linger 0 makes close() send RST, as a dead host's network does.
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                else:
                    side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            side.close()

    def close(self):
        self._open = False
        self._listener.close()
        self.cut()
