import { oneOf, type Setting, textMatching } from './parsers.ts';

/** The settings of who may do what, and how callers may prove who they are. */
export interface RightsConfig {
  /** JSON file that declares roles. */
  roles?: string;
  strictRoles: 'off' | 'on';
  version2Urls: 'off' | 'on';
}

/** Their rows of the table of settings. */
export const rightsSettings: { [Name in keyof RightsConfig]-?: Setting<NonNullable<RightsConfig[Name]>> } = {
  roles: {
    env: 'MILLRACE_ROLES',
    flag: '--roles',
    placeholder: 'file',
    parse: textMatching(/^[^\0]+$/, 'the path of a file'),
    sentence: 'JSON list of the roles that STS AssumeRole can give; see access-keys.md.',
  },
  strictRoles: {
    env: 'MILLRACE_STRICT_ROLES',
    flag: '--strict-roles',
    placeholder: 'on|off',
    default: 'off',
    parse: oneOf(['off', 'on']),
    sentence:
      'on refuses pipelines whose role ARNs are not among the declared roles, as AWS refuses roles it cannot assume.',
  },
  version2Urls: {
    env: 'MILLRACE_VERSION2_URLS',
    flag: '--version2-urls',
    placeholder: 'on|off',
    default: 'on',
    parse: oneOf(['off', 'on']),
    sentence:
      'Whether objects can be read and written with URLs presigned by signature version 2, as boto3 and the AWS CLI 1 make them in us-east-1. They are for the default region, and long-lived keys only.',
  },
};
