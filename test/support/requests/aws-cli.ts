import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Keys, region } from '../servers/server.ts';

const run = promisify(execFile);

/** Debian's client, 2.9, which predates `AWS_ENDPOINT_URL` and needs `--endpoint-url` (clients, "Old clients"). */
const awsProgram = '/usr/bin/aws';

/** The output and exit code of a process. */
export interface Printed {
  code: number;
  stdout: string;
  stderr: string;
}

/** Returns the environment of a client with these keys and nothing else from this machine. */
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

/** Runs a program until it exits. */
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

/** Runs `aws --endpoint-url … <args>`, parsing its output if it is JSON. */
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
    /** Returns the error text of a rejected call; the CLI exits with 254 or 255 then. */
    async refusal(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await call(args);
      if (code === 0) throw new Error(`aws ${args.join(' ')} was not refused: ${stdout}`);
      return stderr.trim();
    },
  };
}
