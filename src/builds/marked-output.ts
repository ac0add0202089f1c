import type { Readable } from 'node:stream';
import { nothingHeld, type SecretMask } from '../masking/secret-mask.ts';

/** Longer pieces of a line are passed on before its end. */
const maxLineCharacters = 16_384;

export interface MarkedOutputParts {
  mask: SecretMask;
  /** Awaited, so that a slow reader slows the build instead of filling memory. */
  onLines(lines: string[]): Promise<void>;
}

/** Output of many commands in one stream, where the output of each ends with a mark that is not shown. */
export class MarkedOutput {
  private readonly parts: MarkedOutputParts;
  private mark: string | undefined;
  private onMark: ((text: string) => void) | undefined;
  /** Read, but not passed on: the mark may have begun. */
  private rest = '';
  private line = '';
  private held = nothingHeld;

  constructor(parts: MarkedOutputParts) {
    this.parts = parts;
  }

  /** Waits for a mark and returns the rest of its line; the command's output has been passed on by then. */
  until(mark: string): Promise<string> {
    this.mark = mark;
    return new Promise((resolve) => {
      this.onMark = resolve;
    });
  }

  /** Reads a stream to its end. Rejects if the lines can't be passed on. */
  async read(stream: Readable): Promise<void> {
    stream.setEncoding('utf8');
    try {
      for await (const chunk of stream as AsyncIterable<string>) {
        this.rest += chunk;
        while (await this.take());
      }
    } catch (error) {
      // Closed at the end of the build, because processes that were left behind keep it open.
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
    }
    await this.pass(this.rest, true);
  }

  /** Passes on what was read; true if a mark was found. */
  private async take(): Promise<boolean> {
    const { mark } = this;
    const at = mark === undefined ? -1 : this.rest.indexOf(mark);
    if (mark === undefined || at < 0) {
      const kept = mark === undefined ? 0 : begunLength(this.rest, mark);
      const text = this.rest.slice(0, this.rest.length - kept);
      this.rest = this.rest.slice(this.rest.length - kept);
      if (text !== '') await this.pass(text, false);
      return false;
    }
    const end = this.rest.indexOf('\n', at);
    if (end < 0) return false;
    const text = this.rest.slice(0, at);
    const after = this.rest.slice(at + mark.length, end);
    this.rest = this.rest.slice(end + 1);
    this.mark = undefined;
    await this.pass(text, true);
    this.onMark?.(after.trim());
    return true;
  }

  /** Passes on a text, masked and in lines; at the end also the beginning of a line. */
  private async pass(text: string, isEnd: boolean): Promise<void> {
    const { mask, onLines } = this.parts;
    const masked = mask.next(this.held, text);
    this.held = isEnd ? nothingHeld : masked.held;
    const lines = (this.line + masked.text + (isEnd ? mask.end(masked.held) : '')).split('\n');
    let open = lines.pop() ?? '';
    while (open.length > maxLineCharacters) {
      lines.push(open.slice(0, maxLineCharacters));
      open = open.slice(maxLineCharacters);
    }
    if (isEnd && open !== '') lines.push(open);
    this.line = isEnd ? '' : open;
    if (lines.length > 0) await onLines(lines.map((line) => line.replace(/\r$/, '')));
  }
}

/** Returns how many characters at the end of a text may begin the mark. */
function begunLength(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length -= 1) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}
