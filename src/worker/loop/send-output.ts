import type { OpenOutput, OutputSink } from '../command/command-output.ts';
import { sleep as realSleep, type Sleep } from './sleep.ts';

/**
 * The live log: sends what a job's command prints to the server while it runs, if the server has such a log. It never
 * fails a job: output that cannot be sent is left out, and a server without a live log gets one call.
 */

/** Returns the worker's current keys. */
export type KeysOf = () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;

/**
 * Appends to the log of a job. Resolves with 'over' if this job's log accepts no more, with 'not offered' if the server
 * has no live log or this worker may not write to it; rejects if the server does not respond.
 */
export type PutLog = (
  chunk: { jobId: string; offset: number; text: string },
  keysOf: KeysOf,
) => Promise<{ nextOffset: number; isCut: boolean } | 'over' | 'not offered'>;

/** Most that the server accepts in one call. */
const maxChunkBytes = 64 * 1024;
/** A character has at most four bytes. */
const callSizedPieces = new RegExp(`[^]{1,${maxChunkBytes / 4}}`, 'gu');
/** Most output kept while the server does not accept it; more is left out. */
const maxPendingBytes = 1024 * 1024;
const sendEveryMs = 1000;
/** How long the end of a job may wait for the rest of its output to be accepted. */
const lastSendMs = 5000;

/** Creates sinks that send output; all jobs of a worker share what is known about the server. */
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
  /** Sent without a response yet; resent unchanged, so that the server recognizes it. */
  private chunk = '';
  private offset = 0;
  private running: Promise<void> | undefined;

  constructor(sending: Sending) {
    this.sending = sending;
  }

  async write(_stream: 'stdout' | 'stderr', lines: readonly string[]): Promise<void> {
    if (this.isOff()) return;
    for (const line of lines) this.enqueue(line);
    this.running ??= this.run();
  }

  /** Resolves when all output was accepted, or the time is up. */
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

  /** Queues a line without U+0000, which cannot be stored, in pieces that fit into a call. */
  private enqueue(line: string): void {
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

  /** Sends once a second while there is little output, continuously while there is much. Never rejects. */
  private async run(): Promise<void> {
    const { sleep, server } = this.sending;
    while (!this.isOff()) {
      if (this.chunk === '' && this.pendingBytes < maxChunkBytes) await sleep(sendEveryMs, this.closing.signal);
      // No output goes to a server that has not confirmed that it has a live log.
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

  /** Returns as many pieces as fit into one call. */
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
