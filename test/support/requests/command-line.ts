import { runCommandLine } from '../../../src/main.ts';

interface Ended {
  code: number;
  printed: string[];
  complained: string[];
}

/** Runs a `millrace …` command in this process; returns its exit code and the lines on stdout and stderr. */
export function runMillrace(...args: string[]): Promise<Ended> {
  return runMillraceWith({}, ...args);
}

/** The same with environment variables. */
export async function runMillraceWith(env: Record<string, string>, ...args: string[]): Promise<Ended> {
  const printed: string[] = [];
  const complained: string[] = [];
  const code = await runCommandLine(args, {
    env,
    print: (line) => void printed.push(...line.split('\n')),
    complain: (line) => void complained.push(...line.split('\n')),
    onStopSignal: () => undefined,
    program: 'millrace',
    isInteractive: false,
    onReload: () => undefined,
    exit: () => undefined,
  });
  return { code, printed, complained };
}
