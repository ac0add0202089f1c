import type { PutLog } from '../worker/loop/send-output.ts';
import { type OwnApiPlace, sendOwnApi } from './own-api.ts';

/** Longer than any answer takes; the output waits meanwhile. */
const timeoutMs = 5000;

/** Refusals that mean this job alone: it has ended, or somebody else took it. */
const endsOfJob = new Set(['InvalidJobStateException', 'JobNotFoundException', 'ValidationException']);

/** PutJobLog on the server at `url`, with whatever keys the worker has at the time of the call. */
export function createPutLog(url: string, region: string): PutLog {
  return async (chunk, keysOf) => {
    const place: OwnApiPlace = { url, region, keys: await keysOf() };
    const { isOk, status, document } = await send(place, chunk);
    if (isOk && typeof document.nextOffset === 'number') {
      return { nextOffset: document.nextOffset, isCut: document.isCut === true };
    }
    if (status >= 500 || status === 429 || document.__type === 'ThrottlingException') {
      throw new Error(`PutJobLog was answered with the status ${status}`);
    }
    return endsOfJob.has(String(document.__type)) ? 'over' : 'not offered';
  };
}

/** An answer that is no JSON is not one of ours. */
async function send(place: OwnApiPlace, chunk: object): ReturnType<typeof sendOwnApi> {
  try {
    return await sendOwnApi(place, 'PutJobLog', chunk, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    if (error instanceof SyntaxError) return { isOk: false, status: 400, document: {} };
    throw error;
  }
}
