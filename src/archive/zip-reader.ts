/** A zip's bytes, and an error for every place beyond them: yauzl asks for whatever a broken zip names, and Node throws at that. */
import { close, createReadStream, read } from 'node:fs';
import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';

type Done = (error: Error | null) => void;

export class ZipReader extends RandomAccessReader {
  readonly #descriptor: number;
  readonly #size: number;
  /** The zip itself, and every stream that has not ended. */
  #users = 1;
  #onClosed: Done = () => {};

  constructor(descriptor: number, size: number) {
    super();
    this.#descriptor = descriptor;
    this.#size = size;
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, done: Done): void {
    if (!(position >= 0 && position + length <= this.#size)) {
      done(new Error('unexpected end'));
      return;
    }
    read(this.#descriptor, buffer, offset, length, position, (error, bytesRead) => {
      done(error ?? (bytesRead < length ? new Error('unexpected end') : null));
    });
  }

  override createReadStream({ start, end }: { start: number; end: number }): Readable {
    if (start === end) return Readable.from([]);
    // Without a `close` of its own, a stream that is not read to its end closes the descriptor under all others.
    const fs = { read, close: (_descriptor: number, done: Done) => done(null) };
    const stream = createReadStream('', { fd: this.#descriptor, start, end: end - 1, fs });
    this.#users++;
    stream.once('close', () => this.#leave());
    return stream;
  }

  override close(done: Done): void {
    this.#onClosed = done;
    this.#leave();
  }

  #leave(): void {
    this.#users--;
    if (this.#users === 0) close(this.#descriptor, this.#onClosed);
  }
}
