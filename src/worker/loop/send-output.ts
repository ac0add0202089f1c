import type { OpenOutput, OutputSink } from '../command/command-output.ts';
import { sleep as realSleep, type Sleep } from './sleep.ts';

/**
 * The live log: what the command of a job prints goes to the server while it runs, if the server has such a log. It is
 * never worth a job: what cannot be sent is left out, and a server that knows nothing of it is asked once.
 */

/** Keys of the worker at the moment of a call. */
export type KeysOf = () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;

/**
 * Appends to the log of a job. 'over' when this job's log takes no more, 'not offered' when the server has no such
 * log or does not let this worker write to it; rejects when nobody answers.
 */
export type PutLog = (
  chunk: { jobId: string; offset: number; text: string },
  keysOf: KeysOf,
) => Promise<{ nextOffset: number; isCut: boolean } | 'over' | 'not offered'>;

/** The server takes so much in one call. */
const maxChunkBytes = 64 * 1024;
/** No character has more than four bytes. */
const callSizedPieces = new RegExp(`[^]{1,${maxChunkBytes / 4}}`, 'gu');
/** Output kept while the server does not take it; more is left out. */
const maxPendingBytes = 1024 * 1024;
const sendEveryMs = 1000;
/** How long the end of a job may wait for the rest of its output to be taken. */
const lastSendMs = 5000;

/** Builds the sinks that send output; all jobs of a worker share what was learnt of the server. */
export function sendOutput(put: PutLog, keysOf: KeysOf, sleep: Sleep = realSleep): OpenOutput {
  const server = { isOffered: undefined as boolean | undefined };
  return ({ id: jobId = '' }) => new LogSender({ put: (chunk) => put({ jobId, ...chunk }, keysOf), server, sleep });
}

interface Sending {
  put(chunk: { offset: number; text: string }): ReturnType<PutLog>;
  server: { isOffered: boolean | undefined };
  sleep: Sleep;
}

class LogSender implements OutputSink {
  private readonly sending: Sending;
  private readonly closing = new AbortController();
  private readonly givenUp = new AbortController();
  private pieces: string[] = [];
  private pendingBytes = 0;
  private missing = 0;
  /** Sent and not answered; it is sent again as it was, so that the server can tell. */
  private chunk = '';
  private offset = 0;
  private running: Promise<void> | undefined;

  constructor(sending: Sending) {
    this.sending = sending;
  }

  async write(_stream: 'stdout' | 'stderr', lines: readonly string[]): Promise<void> {
    if (this.isOff()) return;
    for (const line of lines) this.keep(line);
    this.running ??= this.run();
  }

  /** Resolves when all has been taken, or has had its time. */
  async close(): Promise<void> {
    this.closing.abort();
    if (!this.running) return;
    const over = new AbortController();
    const late = this.sending.sleep(lastSendMs, over.signal).then(() => this.givenUp.abort());
    await Promise.race([this.running, late]);
    over.abort();
  }

  private isOff(): boolean {
    return this.givenUp.signal.aborted || this.sending.server.isOffered === false;
  }

  /** U+0000 cannot be stored, and a line can be longer than a call. */
  private keep(line: string): void {
    const text = `${line.replaceAll('\0', '')}\n`;
    if (this.pendingBytes + Buffer.byteLength(text) > maxPendingBytes) {
      this.missing += 1;
      return;
    }
    const notice = this.missing > 0 ? `[${this.missing} lines are missing here]\n` : '';
    this.missing = 0;
    const pieces = (notice + text).match(callSizedPieces) ?? [];
    this.pieces.push(...pieces);
    this.pendingBytes += Buffer.byteLength(notice + text);
  }

  /** One call a second as long as little is printed, one after the other when it is much. Never rejects. */
  private async run(): Promise<void> {
    const { sleep, server } = this.sending;
    while (!this.isOff()) {
      if (this.chunk === '' && this.pendingBytes < maxChunkBytes) await sleep(sendEveryMs, this.closing.signal);
      // Nothing of the output goes to a server that has not said that it takes it.
      if (this.chunk === '' && server.isOffered) this.chunk = this.takeChunk();
      if (this.chunk === '' && server.isOffered) {
        if (this.closing.signal.aborted) return;
        continue;
      }
      await this.send();
    }
  }

  private async send(): Promise<void> {
    const { put, sleep, server } = this.sending;
    try {
      const answer = await put({ offset: this.offset, text: this.chunk });
      server.isOffered ??= answer !== 'not offered';
      if (answer === 'not offered' || answer === 'over' || answer.isCut) {
        this.givenUp.abort();
        return;
      }
      this.offset = answer.nextOffset;
      this.chunk = '';
    } catch {
      await sleep(sendEveryMs, this.givenUp.signal);
    }
  }

  /** As many pieces as go into one call. */
  private takeChunk(): string {
    let bytes = 0;
    let count = 0;
    for (const piece of this.pieces) {
      if (bytes + Buffer.byteLength(piece) > maxChunkBytes) break;
      bytes += Buffer.byteLength(piece);
      count += 1;
    }
    this.pendingBytes -= bytes;
    return this.pieces.splice(0, count).join('');
  }
}
