import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
const WORTHWHILE_BYTES = 300;
// Beyond the first level, answers of this kind shrink little for what it costs the processor.
const LEVEL = 1;

/** Whether a body is sent compressed to whoever accepts these encodings. */
export function worthCompressing(accepted: string | undefined, length: number): boolean {
  return length >= WORTHWHILE_BYTES && acceptsGzip(accepted ?? '');
}

/** Compresses beside the event loop. */
export function compressed(body: Uint8Array): Promise<Uint8Array> {
  return compress(body, { level: LEVEL });
}

// RFC 9110 §12.5.3; a weight of 0 is a refusal.
function acceptsGzip(accepted: string): boolean {
  return accepted.split(',').some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
    const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    return (name === 'gzip' || name === '*') && !refused;
  });
}
