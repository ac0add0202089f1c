import type { PutLog } from '../../worker/loop/send-output.ts';
import { type OwnApiPlace, sendOwnApi } from '../own-api.ts';

/** Longer than any response takes; meanwhile the output waits. */
const timeoutMs = 5000;

/** Errors that concern only this job: it has ended, or another worker took it. */
const endOfJobErrors = new Set(['InvalidJobStateException', 'JobNotFoundException', 'ValidationException']);

/** Returns a function that calls PutJobLog on the server at `url` with the worker's current keys. */
export function createPutLog(url: string, region: string): PutLog {
  return async (chunk, keysOf) => {
    const place: OwnApiPlace = { url, region, keys: await keysOf() };
    const { isOk, status, document } = await send(place, chunk);
    if (isOk && typeof document.nextOffset === 'number') {
      return { nextOffset: document.nextOffset, isCut: document.isCut === true };
    }
    if (status >= 500 || status === 429 || document.__type === 'ThrottlingException') {
      throw new Error(`PutJobLog failed with status ${status}`);
    }
    return endOfJobErrors.has(String(document.__type)) ? 'over' : 'not offered';
  };
}

/** Makes the call; a response that is not JSON is not from Millrace. */
async function send(place: OwnApiPlace, chunk: object): ReturnType<typeof sendOwnApi> {
  try {
    return await sendOwnApi(place, 'PutJobLog', chunk, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    if (error instanceof SyntaxError) return { isOk: false, status: 400, document: {} };
    throw error;
  }
}
