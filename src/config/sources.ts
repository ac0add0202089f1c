import { numberBetween, oneOf, type Parsed } from './parsers.ts';
import { inGroup } from './setting.ts';

/** Settings of the checks that find changes of sources. */
export const sourceSettings = inGroup('Sources:', {
  sourceCheckSeconds: {
    env: 'MILLRACE_SOURCE_CHECK_SECONDS',
    option: '--source-check-seconds',
    placeholder: 'seconds',
    default: '60',
    parse: numberBetween(1, 86_400, 'seconds'),
    description: 'How often polled sources are checked; repositories whose hooks arrive, at most every 10 minutes.',
  },
  triggerFiles: {
    env: 'MILLRACE_TRIGGER_FILES',
    option: '--trigger-files',
    placeholder: 'number|all',
    default: '100',
    parse: parseFiles,
    description: "How many changed files the file paths of triggers are compared with, in git's order, or `all`.",
  },
  skipCi: {
    env: 'MILLRACE_SKIP_CI',
    option: '--skip-ci',
    placeholder: 'on|off',
    default: 'off',
    parse: oneOf(['off', 'on']),
    description:
      'on starts nothing for a commit of a Git repository whose message has `[skip ci]` or `[ci skip]`, unless it is started by hand. AWS ignores these words.',
  },
});

function parseFiles(text: string): Parsed<number> {
  return text === 'all' ? { value: Number.POSITIVE_INFINITY } : numberBetween(1, 1_000_000, 'or all')(text);
}
