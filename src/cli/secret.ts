/** Standard input, which may be somebody's keyboard. */
interface Keyboard extends AsyncIterable<unknown> {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
}

interface Screen {
  write(text: string): unknown;
}

const ENTER = /[\r\n]/;
const NEWLINE = 0x0a;
const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const DELETE = /[\u007f\b]/;

/** The first line of the input. A person is asked for it, and does not see what is typed. */
export async function readSecret(
  input: Keyboard,
  screen: Screen,
  question: string,
): Promise<string> {
  const isTyped = input.isTTY === true;
  if (isTyped) {
    screen.write(question);
    input.setRawMode?.(true);
  }
  try {
    return await firstLine(input);
  } finally {
    if (isTyped) {
      input.setRawMode?.(false);
      screen.write('\n');
    }
  }
}

async function firstLine(input: Keyboard): Promise<string> {
  return input.isTTY === true ? typedLine(input) : pipedLine(input);
}

async function typedLine(input: Keyboard): Promise<string> {
  let line = '';
  for await (const chunk of input) {
    for (const key of bytesOf(chunk).toString()) {
      if (ENTER.test(key) || key === END_OF_INPUT) return line;
      // Nothing has been asked of the node yet: no password is as good as none.
      if (key === INTERRUPT) return '';
      line = DELETE.test(key) ? line.slice(0, -1) : line + key;
    }
  }
  return line;
}

// What comes by a pipe need not end after its first line.
async function pipedLine(input: Keyboard): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) {
    const bytes = bytesOf(chunk);
    chunks.push(bytes);
    if (bytes.includes(NEWLINE)) break;
  }
  return Buffer.concat(chunks).toString().split(/\r?\n/, 1)[0] ?? '';
}

function bytesOf(chunk: unknown): Buffer {
  return Buffer.from(chunk instanceof Uint8Array ? chunk : String(chunk));
}
