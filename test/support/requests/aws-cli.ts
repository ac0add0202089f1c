import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Keys, region } from '../servers/server.ts';

const run = promisify(execFile);

/** Debian's client, 2.9: older than `AWS_ENDPOINT_URL`, so it is told by `--endpoint-url` (clients, "Old clients"). */
const awsProgram = '/usr/bin/aws';

/** What a client process prints and how it ended. */
export interface Printed {
  code: number;
  stdout: string;
  stderr: string;
}

/** The environment of a client that knows the keys and nothing else of this machine. */
export function clientEnvironment(folder: string, keys: Keys): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: folder,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Runs a program to its end. */
export async function runProgram(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  try {
    const { stdout, stderr } = await run(program, args, { env, maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

/** `aws --endpoint-url … <args>`, with its answer parsed when it printed JSON. */
export function awsCli(url: string, folder: string, keys: Keys) {
  const env = clientEnvironment(folder, keys);
  const call = (args: string[]) => runProgram(awsProgram, ['--endpoint-url', url, '--output', 'json', ...args], env);
  return {
    call,
    async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
      const { code, stdout, stderr } = await call(args);
      if (code !== 0) throw new Error(`aws ${args.join(' ')} ended with ${code}: ${stderr}`);
      return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as T;
    },
    /** The refusal's text; the CLI ends with 254 or 255 after a service error. */
    async refusal(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await call(args);
      if (code === 0) throw new Error(`aws ${args.join(' ')} was not refused: ${stdout}`);
      return stderr.trim();
    },
  };
}
