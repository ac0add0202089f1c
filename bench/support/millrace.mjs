// @ts-check
import { fileURLToPath } from 'node:url';
import { ServerProcess } from './server-process.mjs';
import { rootKey } from './signer.mjs';

const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));

/**
 * Starts the product in its own process. With `BENCH_CPU_PROFILE=<folder>` it writes a CPU profile there when it stops.
 *
 * @param {string} data its data folder
 * @param {string[]} [options] of `millrace start`
 * @param {Record<string, string>} [secrets] settings that have no option
 */
export function startMillrace(data, options = [], secrets = {}) {
  const folder = process.env.BENCH_CPU_PROFILE;
  const profile = folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
  return ServerProcess.start([...profile, program, 'start', '--data', data, '--port', '0', ...options], {
    MILLRACE_ACCOUNT: '123456789012',
    MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
    MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    ...secrets,
  });
}
