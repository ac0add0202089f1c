import { filePath, oneOf } from './parsers.ts';
import { inGroup } from './setting.ts';

/** Who may do what, and how callers may authenticate. */
export const rightsSettings = inGroup('Server:', {
  roles: {
    env: 'MILLRACE_ROLES',
    option: '--roles',
    placeholder: 'file',
    parse: filePath,
    description: 'JSON list of the roles that STS AssumeRole can assume; see access-keys.md.',
  },
  strictRoles: {
    env: 'MILLRACE_STRICT_ROLES',
    option: '--strict-roles',
    placeholder: 'on|off',
    default: 'off',
    parse: oneOf(['off', 'on']),
    description:
      'on rejects pipelines whose role ARNs are not among the declared roles, as AWS rejects roles it cannot assume.',
  },
  version2Urls: {
    env: 'MILLRACE_VERSION2_URLS',
    option: '--version2-urls',
    placeholder: 'on|off',
    default: 'on',
    parse: oneOf(['off', 'on']),
    description:
      'Accept URLs presigned with signature version 2, which boto3 and version 1 of the AWS CLI create for us-east-1; only in the default region and with long-lived keys.',
  },
});
