import { readDataFolder } from '../config/config.ts';
import { callOwnApi } from './own-api.ts';
import type { Terminal } from './terminal.ts';

/** Returns a function that calls our own API on the running server of the given data folder. */
export function callerFor(terminal: Terminal) {
  return <Output>(flags: Record<string, unknown>, operation: string, input: object) =>
    callOwnApi<Output>(readDataFolder({ flags, env: terminal.env }), operation, input);
}

/** Calls an operation that lists, page by page. */
export async function* pagesOf<Page extends object>(
  call: ReturnType<typeof callerFor>,
  flags: Record<string, unknown>,
  operation: string,
  input: object = {},
): AsyncGenerator<Page & { nextToken?: string }> {
  let nextToken: string | undefined;
  do {
    const page = await call<Page & { nextToken?: string }>(flags, operation, { ...input, nextToken });
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** Returns an instant of a response as a text. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
