import type {
  ClaimBuildsInput,
  ClaimBuildsOutput,
  FinishBuildInput,
  PutBuildLogInput,
  PutBuildLogOutput,
  PutBuildProgressInput,
  ReleaseBuildInput,
  RenewBuildInput,
  RenewBuildOutput,
} from '../contract/generated.ts';
import { backoffMs, sleep } from '../worker/loop/sleep.ts';

/** The operations of our own API that a runner calls. Rejects with `ApiRefusal`, or another error if there was no answer. */
export interface RunnerApi {
  claim(input: ClaimBuildsInput, signal: AbortSignal): Promise<ClaimBuildsOutput>;
  renew(input: RenewBuildInput, signal: AbortSignal): Promise<RenewBuildOutput>;
  putProgress(input: PutBuildProgressInput, signal: AbortSignal): Promise<void>;
  putLog(input: PutBuildLogInput, signal: AbortSignal): Promise<PutBuildLogOutput>;
  release(input: ReleaseBuildInput, signal: AbortSignal): Promise<void>;
  finish(input: FinishBuildInput, signal: AbortSignal): Promise<void>;
}

/** Sends a signed call of our own API; rejects if there is no response. */
export type SendCall = (
  operation: string,
  input: object,
  signal: AbortSignal,
) => Promise<{ status: number; document: Record<string, unknown> }>;

/** The server understood a call and refused it, so that a repetition would change nothing. */
export class ApiRefusal extends Error {
  /** Such as `BuildLeaseLostException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ApiRefusal';
    this.code = code;
  }
}

/** Longer than any held call, so that only a dead server exceeds it. */
const longestCallMs = 60_000;

/** Creates the typed calls over `send`. */
export function createRunnerApi(send: SendCall): RunnerApi {
  const call = async <Output>(operation: string, input: object, signal: AbortSignal): Promise<Output> => {
    const answer = await send(operation, input, AbortSignal.any([signal, AbortSignal.timeout(longestCallMs)]));
    const { status, document } = answer;
    if (status === 200) return document as Output;
    const code = String(document.__type ?? '');
    const message = String(document.message ?? document.Message ?? '');
    if (status >= 500 || status === 429 || code === 'ThrottlingException') {
      throw new Error(`${operation} failed with status ${status}: ${message}`);
    }
    throw new ApiRefusal(code, message);
  };
  return {
    claim: (input, signal) => call('ClaimBuilds', input, signal),
    renew: (input, signal) => call('RenewBuild', input, signal),
    putProgress: (input, signal) => call('PutBuildProgress', input, signal),
    putLog: (input, signal) => call('PutBuildLog', input, signal),
    release: (input, signal) => call('ReleaseBuild', input, signal),
    finish: (input, signal) => call('FinishBuild', input, signal),
  };
}

const delaysMs: [number, number] = [200, 10_000];

/** Repeats a call until it is answered or refused, or `signal` aborts; then it rejects with the last error. */
export async function untilAnswered<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ApiRefusal || signal.aborted) throw error;
      await sleep(backoffMs(attempt, delaysMs, Math.random), signal);
      if (signal.aborted) throw error;
    }
  }
}
