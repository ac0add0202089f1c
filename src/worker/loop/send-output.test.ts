import { describe, expect, it } from 'vitest';
import { teeOutput } from '../command/command-output.ts';
import { type PutLog, sendOutput } from './send-output.ts';

const job = { id: 'job-1' };
const keysOf = async () => ({ accessKeyId: 'a', secretAccessKey: 's' });
/** Makes a second a few turns of the event loop. */
const fewTurns = async (durationMs: number, signal: AbortSignal) => {
  for (let turn = 0; turn < durationMs / 200 && !signal.aborted; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** A server with a live log; `answer` may return another response, or throw. */
function logOf(answer: (text: string, calls: number) => Awaited<ReturnType<PutLog>> | undefined = () => undefined) {
  const state = { text: '', calls: [] as string[] };
  const put: PutLog = async ({ offset, text }) => {
    state.calls.push(text);
    const other = answer(text, state.calls.length);
    if (other) return other;
    if (offset === state.text.length) state.text += text;
    return { nextOffset: state.text.length, isCut: false };
  };
  return { state, open: sendOutput(put, keysOf, fewTurns) };
}

async function print(open: ReturnType<typeof sendOutput>, ...lines: string[]): Promise<void> {
  const sink = open(job);
  for (const line of lines) await sink.write('stdout', [line]);
  await sink.close?.();
}

describe('the live log of a worker', () => {
  it('sends output in order and in few calls', async () => {
    const { state, open } = logOf();
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    await print(open, ...lines);
    expect(state.text).toBe(`${lines.join('\n')}\n`);
    expect(state.calls.length).toBeLessThan(5);
  });

  it('first sends an empty text: no output goes to a server without a live log', async () => {
    const { state, open } = logOf(() => 'not offered');
    await print(open, 'out');
    await print(open, 'of another job');
    expect(state.calls).toEqual(['']);
  });

  it('sends at most 64 KiB in a call, however long a line is', async () => {
    const { state, open } = logOf();
    const line = 'ü😀'.repeat(60_000);
    await print(open, line);
    expect(state.text).toBe(`${line}\n`);
    for (const text of state.calls) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
  });

  it('resends a piece whose response was lost, and the server stores it once', async () => {
    const state = { text: '', lost: 0 };
    const put: PutLog = async ({ offset, text }) => {
      if (offset === state.text.length) state.text += text;
      if (text !== '' && state.lost < 2) {
        state.lost += 1;
        throw new Error('connection reset');
      }
      return { nextOffset: state.text.length, isCut: false };
    };
    await print(sendOutput(put, keysOf, fewTurns), 'once');
    expect(state).toEqual({ text: 'once\n', lost: 2 });
  });

  it('leaves out what an unreachable server does not accept, says how much, and delays no job', async () => {
    const state = { text: '', isAway: true };
    const put: PutLog = async ({ offset, text }) => {
      if (state.isAway) throw new Error('away');
      if (offset === state.text.length) state.text += text;
      return { nextOffset: state.text.length, isCut: false };
    };
    const sink = sendOutput(put, keysOf, fewTurns)(job);
    const line = 'x'.repeat(1023);
    for (let count = 0; count < 1030; count += 1) await sink.write('stdout', [line]);
    state.isAway = false;
    await expect
      .poll(async () => {
        await sink.write('stderr', ['after']);
        return state.text;
      })
      .toContain('after\n');
    await sink.close?.();
    expect(state.text).toContain('lines are missing here]\nafter\n');
  });

  it('gives up on the rest when the server stays unreachable', async () => {
    const put: PutLog = async () => {
      throw new Error('away');
    };
    await print(sendOutput(put, keysOf, fewTurns), 'lost');
  });

  it.each(['over', { nextOffset: 9, isCut: true }] as const)(
    'ends for this job alone when the response is %j',
    async (end) => {
      const { state, open } = logOf((text) => (text === 'one\n' ? end : undefined));
      const sink = open(job);
      await sink.write('stdout', ['one']);
      await expect.poll(() => state.calls).toContain('one\n');
      await sink.write('stdout', ['two']);
      await sink.close?.();
      await print(open, 'of another job');
      expect(state.calls).not.toContain('two\n');
      expect(state.calls).toContain('of another job\n');
    },
  );

  it('sends no U+0000, which cannot be stored', async () => {
    const { state, open } = logOf();
    await print(open, 'a\0b');
    expect(state.text).toBe('ab\n');
  });
});

it('a tee passes all output to each of its sinks and closes them', async () => {
  const received: string[] = [];
  const sinkOf = (name: string) => () => ({
    write: async (stream: string, lines: readonly string[]) => void received.push(`${name} ${stream} ${lines.join()}`),
    close: async () => void received.push(`${name} closed`),
  });
  const sink = teeOutput(sinkOf('one'), sinkOf('two'))(job);
  await sink.write('stderr', ['a', 'b']);
  await sink.close?.();
  expect(received).toEqual(['one stderr a,b', 'two stderr a,b', 'one closed', 'two closed']);
});
