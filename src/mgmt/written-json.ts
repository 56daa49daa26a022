import type { JsonValue } from '../kit/json.ts';
import { jsonText } from '../kit/json-text.ts';
import { compressed } from './compression.ts';

/** JSON as bytes, and compressed once however often it is sent. */
export class WrittenJson {
  readonly bytes: Buffer;
  #compressed: Promise<Uint8Array> | undefined = undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  static of(value: JsonValue): WrittenJson {
    return new WrittenJson(Buffer.from(jsonText(value)));
  }

  compressed(): Promise<Uint8Array> {
    this.#compressed ??= compressed(this.bytes);
    return this.#compressed;
  }
}
