import { oneOf } from './parsers.ts';
import { inGroup } from './setting.ts';

/** The runner that the server brings along. */
export const buildSettings = inGroup('Builds:', {
  runner: {
    env: 'MILLRACE_RUNNER',
    option: '--runner',
    placeholder: 'local|off',
    default: 'local',
    parse: oneOf(['local', 'off']),
    description:
      'local starts a runner of builds beside the server, a process of its own; off leaves builds to runners that are started elsewhere. See runner.md.',
  },
  allowProcessBuilds: {
    env: 'MILLRACE_ALLOW_PROCESS_BUILDS',
    option: '--allow-process-builds',
    placeholder: 'on|off',
    default: 'off',
    parse: oneOf(['off', 'on']),
    description:
      'on lets builds of that runner be plain processes, which can read and do all that its user can; off leaves containers, Bubblewrap and namespaces.',
  },
});
