import { describe, expect, it } from 'vitest';
import { QueueSource, startOn, succeed, until } from '../../../test/support/workers/worker-harness.ts';
import type { Sleep } from './sleep.ts';
import type { WorkerOptions } from './worker.ts';

describe('polls that fail', () => {
  const lines: [string, Record<string, unknown>, string][] = [];
  const recorder = (level: string) => (fields: object, message: string) =>
    void lines.push([level, { ...fields }, message]);
  const log = { info: recorder('info'), warn: recorder('warn'), error: recorder('error') };

  function startFailing(options: Partial<WorkerOptions> = {}) {
    lines.length = 0;
    let now = Date.UTC(2026, 0, 1);
    let isAway = true;
    const source = new QueueSource();
    source.poll = async () => {
      if (isAway) throw new Error('no');
      return [];
    };
    const sleep: Sleep = async (durationMs, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal.aborted) now += durationMs;
    };
    const explain = () => 'the cable is out: plug it in.';
    const { worker } = startOn(source, succeed, {
      log,
      explain,
      now: () => now,
      sleep,
      heartbeatMs: 60_000,
      ...options,
    });
    return { worker, comeBack: () => (isAway = false), elapsedMs: () => now - Date.UTC(2026, 0, 1) };
  }

  it('cause warnings, less and less often, and each heartbeat says since when and why', async () => {
    const { worker, elapsedMs } = startFailing();
    await until(() => elapsedMs() > 3_600_000);
    const warnings = lines.filter(([level, , message]) => level === 'warn' && message.startsWith('polling fails'));
    expect(warnings.length).toBeGreaterThanOrEqual(5);
    expect(warnings.length).toBeLessThanOrEqual(10);
    expect(warnings[0]).toEqual([
      'warn',
      { failures: 1, since: '2026-01-01T00:00:00.000Z', error: 'no' },
      'polling fails: the cable is out: plug it in.',
    ]);
    expect(lines).toContainEqual([
      'warn',
      expect.objectContaining({ since: '2026-01-01T00:00:00.000Z', running: [] }),
      'worker is alive, but polls have failed since 2026-01-01T00:00:00.000Z: the cable is out: plug it in.',
    ]);
    await worker.stop();
    expect(worker.isCutOff()).toBe(true);
    expect(lines.at(-1)?.[2]).toBe('worker ended: no jobs done, no poll was answered: the cable is out: plug it in.');
  });

  it('log how long they lasted once polling works again', async () => {
    const { worker, comeBack } = startFailing();
    await until(() => lines.length > 0);
    comeBack();
    await until(() => lines.some(([, , message]) => message === 'polling works again'));
    await worker.stop();
    expect(worker.isCutOff()).toBe(false);
    expect(lines.at(-1)?.[2]).toBe('worker ended: no jobs done');
  });
});
