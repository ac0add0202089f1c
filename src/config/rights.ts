import { filePath, oneOf } from './parsers.ts';
import { inGroup } from './setting.ts';

/** Who may do what, and how callers may authenticate. */
export const rightsSettings = inGroup('Server:', {
  roles: {
    env: 'MILLRACE_ROLES',
    option: '--roles',
    placeholder: 'file',
    parse: filePath,
    description: 'JSON list of the roles that STS AssumeRole can give; see access-keys.md.',
  },
  strictRoles: {
    env: 'MILLRACE_STRICT_ROLES',
    option: '--strict-roles',
    placeholder: 'on|off',
    default: 'off',
    parse: oneOf(['off', 'on']),
    description:
      'on refuses pipelines whose role ARNs are not among the declared roles, as AWS refuses roles it cannot assume.',
  },
  version2Urls: {
    env: 'MILLRACE_VERSION2_URLS',
    option: '--version2-urls',
    placeholder: 'on|off',
    default: 'on',
    parse: oneOf(['off', 'on']),
    description:
      'Whether objects can be read and written with URLs presigned by signature version 2, as boto3 and the AWS CLI 1 make them in us-east-1. They are for the default region, and long-lived keys only.',
  },
});
