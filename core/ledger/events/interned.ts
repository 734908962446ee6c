const SLOTS = 2_048;
/** Longer ones hardly come twice. */
const MOST_BYTES = 64;

/**
 * Short texts that come again and again, found by their bytes: neither made nor checked a second time. It forgets
 * whatever another text takes the place of, so it never grows. Plain ASCII only.
 */
export class Interned {
  readonly #texts: (string | undefined)[] = new Array<string | undefined>(SLOTS);
  readonly #accepts: (text: string) => boolean;

  /** `accepts` is asked once for each text; one that it refuses is not known here. */
  constructor(accepts: (text: string) => boolean) {
    this.#accepts = accepts;
  }

  /** The text of these bytes, all of them ASCII; null when it is not accepted. */
  get(buffer: Buffer, from: number, to: number): string | null {
    const length = to - from;
    if (length > MOST_BYTES) return this.#make(buffer, from, to);
    let hash = length;
    for (let i = from; i < to; i += 1) hash = (Math.imul(hash, 31) + (buffer[i] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
    const known = this.#texts[slot];
    if (known !== undefined && isText(known, buffer, from, length)) return known;
    const text = this.#make(buffer, from, to);
    if (text !== null) this.#texts[slot] = text;
    return text;
  }

  #make(buffer: Buffer, from: number, to: number): string | null {
    const text = buffer.toString('latin1', from, to);
    return this.#accepts(text) ? text : null;
  }
}

function isText(text: string, buffer: Buffer, from: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i += 1) if (text.charCodeAt(i) !== buffer[from + i]) return false;
  return true;
}
