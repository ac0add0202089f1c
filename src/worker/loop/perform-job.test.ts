import { describe, expect, it } from 'vitest';
import { type ErrorCode, ServiceError } from '../../contract/errors.ts';
import type { JobStatus } from '../../contract/generated.ts';
import type { JobSource, RunJob } from './job-source.ts';
import { performJob, WorkEnded } from './perform-job.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const job = { id: 'a', nonce: '3', data: {} };
const succeed: RunJob = async () => ({ status: 'Succeeded', executionDetails: { summary: 'done' } });
const untilAborted: RunJob = (_job, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** A source whose calls fail with the given errors in turn; undefined lets a call succeed. */
function sourceThat(throwing: Partial<Record<'acknowledge' | 'succeed' | 'fail', (Error | undefined)[]>>) {
  const reports: unknown[] = [];
  const throwNext = (call: 'acknowledge' | 'succeed' | 'fail'): void => {
    const error = throwing[call]?.shift();
    if (error) throw error;
  };
  const source: JobSource & { status: JobStatus } = {
    status: 'InProgress',
    async poll() {
      return [];
    },
    async acknowledge() {
      throwNext('acknowledge');
      return source.status;
    },
    async succeed(_job, success) {
      throwNext('succeed');
      reports.push(success);
    },
    async fail(_job, failure) {
      throwNext('fail');
      reports.push(failure);
    },
  };
  return { source, reports };
}

async function perform(source: JobSource, run: RunJob = succeed, work = new AbortController()): Promise<number[]> {
  const pauses: number[] = [];
  const sleep = async (durationMs: number) => void pauses.push(durationMs);
  const { signal: reporting } = new AbortController();
  await performJob(job, { source, run, log, sleep, renewIntervalMs: 3000, watchIntervalMs: 3000, work, reporting });
  return pauses;
}

const away = () => new Error('connect ECONNREFUSED');
const refusal = (code: ErrorCode, message?: string) => new ServiceError(code, message);

describe('acknowledging', () => {
  it.each(['InvalidNonceException', 'JobNotFoundException'] as const)('drops the job on %s', async (code) => {
    const { reports, source } = sourceThat({ acknowledge: [refusal(code)] });
    let ran = false;
    const run: RunJob = async (...given) => {
      ran = true;
      return succeed(...given);
    };
    await perform(source, run);
    expect([ran, reports]).toEqual([false, []]);
  });

  it('drops a job that has ended in the meantime', async () => {
    const { reports, source } = sourceThat({});
    source.status = 'TimedOut';
    await perform(source);
    expect(reports).toEqual([]);
  });

  it('retries when the response was lost', async () => {
    const { reports, source } = sourceThat({ acknowledge: [away()] });
    expect(await perform(source)).toEqual([expect.any(Number)]);
    expect(reports).toHaveLength(1);
  });
});

describe('reporting', () => {
  it('retries a result while the server restarts', async () => {
    const { reports, source } = sourceThat({ succeed: [away(), refusal('InternalFailure'), away()] });
    expect(await perform(source)).toHaveLength(3);
    expect(reports).toEqual([{ executionDetails: { summary: 'done' } }]);
  });

  it('fails the job with the message of the error, in characters the API accepts', async () => {
    const { reports, source } = sourceThat({ fail: [away()] });
    await perform(source, async () => {
      throw new Error('no\u0000 space \u001b[31mleft');
    });
    expect(reports).toEqual([{ type: 'JobFailed', message: 'no space left' }]);
  });

  it('fails the job if its result is rejected while the job is open', async () => {
    const { reports, source } = sourceThat({ succeed: [refusal('OutputVariablesSizeExceededException', 'too large')] });
    await perform(source);
    expect(reports).toEqual([{ type: 'ConfigurationError', message: expect.stringContaining('too large') }]);
  });

  it('gives up on a job that ended elsewhere', async () => {
    const { reports, source } = sourceThat({ succeed: [refusal('InvalidJobStateException')] });
    expect(await perform(source)).toEqual([]);
    expect(reports).toEqual([]);
  });
});

describe('a stopped worker', () => {
  const stopSoon = () => {
    const work = new AbortController();
    setImmediate(() => work.abort(new WorkEnded('stopped')));
    return work;
  };

  it('fails the job, which would not be offered to another worker', async () => {
    const { reports, source } = sourceThat({});
    await perform(source, untilAborted, stopSoon());
    expect(reports).toEqual([{ type: 'JobFailed', message: 'The worker was stopped before the job was done.' }]);
  });

  it('still reports a job that succeeded', async () => {
    const { reports, source } = sourceThat({});
    const run: RunJob = (given, signal) => untilAborted(given, signal).catch(() => succeed(given, signal));
    await perform(source, run, stopSoon());
    expect(reports).toHaveLength(1);
  });
});

describe('a lease', () => {
  /** Performs a job whose renewals get the given answers; the work may end after the last one. */
  async function withLease(answers: (boolean | Error)[], run: RunJob, work = new AbortController()) {
    const { reports, source } = sourceThat({});
    let renewals = 0;
    const renew = async () => {
      const answer = answers[renewals];
      renewals += 1;
      if (answer instanceof Error) throw answer;
      return answer ?? true;
    };
    const isOver = (signal: AbortSignal) => signal.aborted || renewals >= answers.length;
    const sleep = (_durationMs: number, signal: AbortSignal) =>
      isOver(signal)
        ? new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        : Promise.resolve();
    const { signal: reporting } = new AbortController();
    const left: unknown[] = [];
    const leased: JobSource = { ...source, renew, leave: async (given) => void left.push(given) };
    await performJob(job, {
      source: leased,
      run,
      log,
      sleep,
      renewIntervalMs: 3000,
      watchIntervalMs: 3000,
      work,
      reporting,
    });
    return { renewals, reports, left };
  }

  it('is renewed during the work, also after a failed attempt, and not after the report', async () => {
    const run: RunJob = async (...given) => {
      await new Promise((resolve) => setImmediate(resolve));
      return succeed(...given);
    };
    const { left, renewals, reports } = await withLease([true, new Error('database is away'), true], run);
    expect(renewals).toBe(3);
    expect(reports).toHaveLength(1);
    expect(left).toEqual([]);
  });

  it('aborts the work when it is lost, and nothing is reported', async () => {
    const run: RunJob = (given, signal) => untilAborted(given, signal).catch(() => succeed(given, signal));
    const { left, reports } = await withLease([true, false], run);
    expect(reports).toEqual([]);
    expect(left).toEqual([]);
  });

  it('leaves the job of a stopped worker to another node at once', async () => {
    const work = new AbortController();
    setImmediate(() => work.abort(new WorkEnded('stopped')));
    const { left, reports } = await withLease([true], untilAborted, work);
    expect(reports).toEqual([]);
    expect(left).toEqual([job]);
  });
});

describe('a job that was stopped', () => {
  /** Performs a job for which `isOver` gets the given answers in turn. */
  async function watched(answers: (boolean | Error)[]) {
    const { reports, source } = sourceThat({});
    const isOver = async () => {
      const answer = answers.shift() ?? true;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const sleep = async () => undefined;
    const { signal: reporting } = new AbortController();
    const options = { run: untilAborted, log, sleep, renewIntervalMs: 1, watchIntervalMs: 1, reporting };
    const end = await performJob(job, { ...options, source: { ...source, isOver }, work: new AbortController() });
    return { end, reports };
  }

  it('is aborted, even if the first check fails, and nothing is reported', async () => {
    expect(await watched([false, new Error('ECONNRESET'), true])).toEqual({ end: 'ended', reports: [] });
  });
});
