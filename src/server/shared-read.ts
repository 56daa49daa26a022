import { Socket } from 'node:net';
import { RECEIVE_AT, RECEIVE_BYTES, view } from '../kit/memory.ts';

const window = view(RECEIVE_AT, RECEIVE_AT + RECEIVE_BYTES);

// What a socket keeps to itself and a socket of our own must take over from it.
interface Inner {
  _handle: object | null;
  _server: object | null;
  server: object | null;
}

/**
 * An accepted socket again, but reading straight into the message memory's receive window, which all
 * sockets share: a read is handled before the next one begins. Node offers that to sockets that are
 * made with `onread`, not to accepted ones, so the handle changes hands.
 * @param accepted not yet read from (`pauseOnConnect`)
 * @param received called with the number of bytes in the window
 * @returns undefined when this Node keeps its handles elsewhere
 */
export function readShared(
  accepted: Socket,
  received: (bytes: number) => void,
): Socket | undefined {
  if (!hasInner(accepted) || accepted._handle === null) return undefined;
  const handle = accepted._handle;
  const options = {
    handle,
    allowHalfOpen: true,
    // `drain` comes after each write that does not finish at once.
    writableHighWaterMark: 1,
    onread: {
      buffer: window,
      callback: (bytes: number): boolean => {
        received(bytes);
        return true;
      },
    },
  };
  accepted._handle = null;
  const socket = new Socket(options);
  if (!hasInner(socket)) return undefined;
  // The server counts its connections by these.
  socket._server = accepted._server;
  socket.server = accepted.server;
  accepted._server = null;
  accepted.server = null;
  accepted.destroy();
  return socket;
}

function hasInner(socket: Socket): socket is Socket & Inner {
  return '_handle' in socket && '_server' in socket;
}
