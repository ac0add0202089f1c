import { beforeEach, expect, test } from 'vitest';
import type { LogHome } from '../../src/logs/log-home.ts';
import { appendToJob, blocksInMemory, logHomeOf, readText } from '../support/logs/log-steps.ts';
import { buildType, scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const mebibyte = 1024 * 1024;

/** The logs of jobs, in the database and in blocks. */
export function logCases(open: OpenStore): void {
  const bench = useBench(open);
  let jobId: string;
  let home: LogHome;
  let blocks: ReturnType<typeof blocksInMemory>;
  beforeEach(async () => {
    blocks = blocksInMemory();
    home = logHomeOf(bench.store, blocks);
    await bench.create();
    jobId = (await bench.claimOne()).job.id;
    await bench.store.jobs.acknowledge(jobId, '3');
  });
  const append = (text: string, offset?: number, limitBytes = 10 * mebibyte) =>
    appendToJob(home, jobId, text, { ...(offset === undefined ? {} : { offset }), limitBytes });
  const read = (offset = 0) => readText(home, jobId, offset);

  test('is what was appended, in bytes of UTF-8 from any offset', async () => {
    expect(await read()).toEqual({ text: '', nextOffset: 0, isCut: false });
    expect(await append('grüße\n')).toEqual({ nextOffset: 8, isCut: false });
    expect(await append('two\n', 8)).toEqual({ nextOffset: 12, isCut: false });
    expect(await read()).toEqual({ text: 'grüße\ntwo\n', nextOffset: 12, isCut: false });
    expect((await read(8)).text).toBe('two\n');
    // Inside ü: the next character is the first complete one.
    expect((await read(3)).text).toBe('ße\ntwo\n');
    expect(await read(12)).toEqual({ text: '', nextOffset: 12, isCut: false });
  });

  test('has a text once that is sent again because its response was lost', async () => {
    await append('one\n', 0);
    expect(await append('one\n', 0)).toEqual({ nextOffset: 4, isCut: false });
    expect((await read()).text).toBe('one\n');
  });

  test('has all texts of concurrent writers complete', async () => {
    const pieces = Array.from({ length: 20 }, (_, index) => `${index}\n`.repeat(1000));
    await Promise.all(pieces.map((piece) => append(piece)));
    let rest = (await read()).text;
    expect(rest).toHaveLength(pieces.join('').length);
    for (const piece of pieces) rest = rest.replace(piece, '');
    expect(rest).toBe('');
  });

  test('that exceeds one response is read on from its end', async () => {
    const piece = `${'x'.repeat(64 * 1024 - 1)}\n`;
    for (let count = 0; count < 20; count += 1) await append(piece);
    const first = await read();
    const second = await read(first.nextOffset);
    expect(first.text.length).toBeLessThan(20 * piece.length);
    expect(first.text + second.text).toBe(piece.repeat(20));
    expect(second.nextOffset).toBe(20 * piece.length);
  });

  test('that is too long is cut between characters, says so, and takes no more', async () => {
    await append('x'.repeat(mebibyte - 1), undefined, mebibyte);
    const end = await append('ü tail', undefined, mebibyte);
    expect(end?.isCut).toBe(true);
    expect(await append('more', undefined, mebibyte)).toEqual(end);
    const { text, isCut } = await read(mebibyte - 1);
    expect({ text, isCut }).toEqual({ text: '\n[The log ends here: a job may write 1 MiB.]\n', isCut: true });
  });

  test('holds back what its writer specifies until the next text, and counts it in the returned end', async () => {
    // Holds back the last two characters, in capitals.
    const holdBack = (text: string, held = '') => {
      const all = held.toLowerCase() + text;
      return { text: all.slice(0, -2), held: all.slice(-2).toUpperCase(), heldBytes: 2 };
    };
    const hold = (text: string, offset: number) => appendToJob(home, jobId, text, { offset, holdBack });
    expect(await hold('a', 0)).toEqual({ nextOffset: 2, isCut: false });
    expect(await read()).toEqual({ text: '', nextOffset: 0, isCut: false, held: 'A' });
    expect(await hold('again', 0)).toEqual({ nextOffset: 2, isCut: false });
    expect(await hold('bcd', 2)).toEqual({ nextOffset: 4, isCut: false });
    expect(await read()).toEqual({ text: 'ab', nextOffset: 2, isCut: false, held: 'CD' });
  });

  test('has a new end after every text, even if what was held back became shorter', async () => {
    const keepAll = { holdBack: (text: string) => ({ text: '', held: text, heldBytes: 4 }) };
    const dropHeld = { holdBack: () => ({ text: '*', heldBytes: 0 }) };
    const write = (offset: number, how: object) => appendToJob(home, jobId, 'text', { offset, ...how });
    expect(await write(0, keepAll)).toMatchObject({ nextOffset: 4 });
    expect(await write(4, dropHeld)).toMatchObject({ nextOffset: 5 });
    expect(await write(4, dropHeld)).toMatchObject({ nextOffset: 5 });
    expect(await read()).toEqual({ text: '*', nextOffset: 1, isCut: false });
  });

  test('is accepted only from a job in progress', async () => {
    await bench.succeed(jobId);
    expect(await append('late')).toBeUndefined();
    const { job } = await bench.claimOne(buildType);
    expect(await appendToJob(home, job.id, 'early')).toBeUndefined();
    expect(await appendToJob(home, 'nope', 'x')).toBeUndefined();
  });

  test('moves into blocks while it grows, and reads the same from every offset', async () => {
    const piece = `${'grüße '.repeat(2000)}\n`;
    for (let count = 0; count < 50; count += 1) await append(piece);
    expect(blocks.stored.size).toBe(2);
    const before = (await bench.store.logs.find(jobId))?.blockBytes ?? 0;
    expect(before).toBeGreaterThan(mebibyte / 2);
    const all = Buffer.from(piece.repeat(50));
    for (const offset of [0, 17, 300_000, before - 1, before, before + 1, all.length - 5]) {
      expect((await read(offset)).text).toBe(
        all
          .subarray(offset)
          .toString()
          .replace(/^\ufffd+/, ''),
      );
    }
    await home.seal(jobId);
    expect(await bench.store.logs.unsealed(jobId)).toEqual([]);
    expect((await read()).text).toBe(all.toString());
    expect(await append('more\n')).toEqual({ nextOffset: all.length + 5, isCut: false });
    expect((await read(all.length - 2)).text).toBe(' \nmore\n');
  });

  test('says which bytes are lost with a block, and shows the others', async () => {
    await append(`${'lost '.repeat(50)}\n`);
    await home.seal(jobId);
    await append('kept\n');
    for (const [key] of blocks.stored) blocks.stored.set(key, Buffer.from('damaged'));
    const { text, nextOffset } = await read();
    expect(text).toMatch(/^\n\[251 bytes of the log are lost: their block cannot be read\.\] *\nkept\n$/);
    expect([Buffer.byteLength(text), nextOffset]).toEqual([256, 256]);
    blocks.stored.clear();
    expect((await read()).text).toBe(text);
  });

  test('is sealed by one of two nodes, and nothing of it is there twice', async () => {
    await append('one\n');
    const other = logHomeOf((await bench.another()).store, blocks);
    await Promise.all([home.seal(jobId), other.seal(jobId)]);
    expect(blocks.stored.size).toBe(1);
    expect((await read()).text).toBe('one\n');
  });

  test('knows its lines and when they were written', async () => {
    await append('one\ntwo\n');
    bench.clock.pass(5000);
    await appendToJob(home, jobId, 'three\nfo', { at: 5000 });
    await home.seal(jobId);
    await appendToJob(home, jobId, 'ur\nfive\n', { at: 9000 });
    const slice = await home.read(jobId, 5);
    expect(slice).toMatchObject({ startOffset: 5, firstLine: 1, isEnd: true });
    expect(slice?.times).toEqual([
      [0, 0],
      [8, 5000],
      [16, 9000],
    ]);
    expect(await bench.store.logs.find(jobId)).toMatchObject({ lines: 5, bytes: 24, lastWrittenAt: 9000 });
    expect(await bench.store.logs.findLine(jobId, 4)).toEqual({ startOffset: 16, firstLine: 3 });
    expect(await bench.store.logs.findLine(jobId, 2)).toEqual({ startOffset: 0, firstLine: 0 });
  });

  test('is found by its group and stream, and listed by name and by time', async () => {
    await append('one\n');
    expect(await bench.store.logs.findStream({ ...scope, group: 'jobs', stream: jobId })).toMatchObject({ id: jobId });
    expect(await bench.store.logs.groups(scope, { prefix: 'jo', after: '', limit: 9 })).toEqual([
      { name: 'jobs', createdAt: 0 },
    ]);
    expect(await bench.store.logs.groups(scope, { prefix: 'jo', after: 'jobs', limit: 9 })).toEqual([]);
    const list = (more: object) =>
      bench.store.logs.streams(scope, {
        group: 'jobs',
        order: 'name',
        prefix: '',
        isDescending: false,
        limit: 9,
        ...more,
      });
    expect((await list({})).map(({ stream }) => stream)).toEqual([jobId]);
    expect(await list({ prefix: jobId.slice(0, 8), after: jobId })).toEqual([]);
    expect((await list({ isDescending: true })).map(({ stream }) => stream)).toEqual([jobId]);
    expect(await list({ isDescending: true, after: jobId })).toEqual([]);
    const byTime = { order: 'time', writtenFrom: 0, isDescending: true } as const;
    expect((await list(byTime)).map(({ stream }) => stream)).toEqual([jobId]);
    expect(await list({ ...byTime, after: { lastWrittenAt: 0, stream: jobId } })).toEqual([]);
    expect(await list({ ...byTime, writtenFrom: 1 })).toEqual([]);
  });

  test('that was cut keeps its last lines, and says how much is missing', async () => {
    const more = { hasLastLines: true, limitBytes: mebibyte };
    await appendToJob(home, jobId, `${'x'.repeat(mebibyte - 3)}\n`, more);
    const cut = await appendToJob(home, jobId, 'second\n', more);
    expect(cut?.isCut).toBe(true);
    expect(await appendToJob(home, jobId, 'third\n', more)).toEqual(cut);
    const offset = cut?.nextOffset ?? 0;
    const last = await appendToJob(home, jobId, 'last\n', { ...more, omittedBytes: 77, offset });
    expect(await appendToJob(home, jobId, 'last\n', { ...more, omittedBytes: 77, offset })).toEqual(last);
    expect((await read(mebibyte - 2)).text).toBe(
      'se\n[The log is cut here: it may have 1 MiB. Its last lines follow when it has ended.]\n[82 bytes are missing here.]\nlast\n',
    );
  });

  test('keeps the marks of its text, with their lines', async () => {
    await append('one\n');
    const marks = [
      { kind: 'phase', name: 'BUILD', offset: 0, line: 0 },
      { kind: 'command', name: 'make', offset: 6, line: 1 },
    ] as const;
    await appendToJob(home, jobId, 'BUILD\nmake\n', { marks: [...marks] });
    expect(await bench.store.logs.marks(jobId)).toEqual([
      { kind: 'phase', name: 'BUILD', offset: 4, line: 1 },
      { kind: 'command', name: 'make', offset: 10, line: 2 },
    ]);
  });
}
