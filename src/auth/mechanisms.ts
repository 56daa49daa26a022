import { CodecError } from '../codec/codec-error.ts';
import { decodeTable, type Table, textOf } from '../codec/table.ts';
import { decodeText } from '../codec/text.ts';
import { BrokerError } from '../model/broker-error.ts';

/** What a client says to prove who it is. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** One way to log in: how its response is read. */
export interface Mechanism {
  /** As `connection.start` offers it. */
  readonly name: string;
  /** @throws BrokerError SYNTAX_ERROR for bytes that are no response of this mechanism */
  decode(response: Uint8Array): Credentials;
}

const LENGTH_BYTES = 4;

// RFC 4616: [authorization identity] NUL name NUL password. RabbitMQ takes no authorization
// identity and no further NUL.
const plain = {
  name: 'PLAIN',
  decode(response) {
    const first = response.indexOf(0);
    const second = response.indexOf(0, first + 1);
    if (first !== 0 || second < 0 || response.indexOf(0, second + 1) >= 0) {
      throw new BrokerError('SYNTAX_ERROR', 'response of mechanism PLAIN invalid');
    }
    return {
      name: decodeText(response, 1, second),
      password: decodeText(response, second + 1, response.length),
    };
  },
} as const satisfies Mechanism;

// The entries of a field table, without the length in front, as clients have written it since 0-8.
const amqplain = {
  name: 'AMQPLAIN',
  decode(response) {
    const fields = tableOf(response);
    const name = textOf(fields.get('LOGIN'));
    const password = textOf(fields.get('PASSWORD'));
    if (!fields.has('LOGIN') || !fields.has('PASSWORD')) {
      throw new BrokerError(
        'SYNTAX_ERROR',
        'AMQPLAIN auth info is missing LOGIN or PASSWORD field',
      );
    }
    // A name or password of another type is nobody's: it is refused as a wrong password is.
    return { name: name ?? '', password: password ?? '' };
  },
} as const satisfies Mechanism;

function tableOf(entries: Uint8Array): Table {
  const bytes = new Uint8Array(LENGTH_BYTES + entries.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entries.length);
  bytes.set(entries, LENGTH_BYTES);
  try {
    return decodeTable(view, bytes, 0, bytes.length);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new BrokerError('SYNTAX_ERROR', `response of mechanism AMQPLAIN invalid: ${error.text}`);
  }
}

/** All mechanisms, in the order in which `connection.start` offers them. */
export const mechanisms: readonly Mechanism[] = [plain, amqplain];
