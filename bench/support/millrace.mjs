// @ts-check
/** @import { Scratch } from './scratch.mjs' */
import { fileURLToPath } from 'node:url';
import { build } from './builds.mjs';
import { profileInto } from './profiles.mjs';
import { ServerProcess } from './server-process.mjs';
import { rootKey } from './signer.mjs';

/**
 * Starts the product in its own process.
 *
 * @param {Scratch} scratch stops it at the end
 * @param {string} data its data folder
 * @param {object} [settings]
 * @param {string[]} [settings.options] of `millrace start`
 * @param {Record<string, string>} [settings.secrets] settings that have no option
 * @param {URL} [settings.of] which build
 * @param {string} [settings.profile] what its CPU profile is called, if it may have one
 */
export function startMillrace(scratch, data, { options = [], secrets = {}, of = build, profile } = {}) {
  const program = fileURLToPath(new URL('bin/millrace', of));
  const args = [...profileInto(profile), program, 'start', '--data', data, '--port', '0', ...options];
  const env = {
    MILLRACE_ACCOUNT: '123456789012',
    MILLRACE_RUNNER: 'off',
    MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
    MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    ...secrets,
  };
  return ServerProcess.start(scratch, args, { env, stderr: 'ignore' });
}
